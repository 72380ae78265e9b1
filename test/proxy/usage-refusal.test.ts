import { expect, test } from "bun:test";

import { readUsageOptionRefusal } from "../../src/proxy/usage-refusal.ts";

test("a complaint about the option is told; any other error comes back whole and readable", async () => {
  const complaint = new Response('{"error":"unknown field stream_options"}', { status: 400 });
  expect(await readUsageOptionRefusal(complaint)).toEqual({ refused: true });
  const other = await readUsageOptionRefusal(new Response("bad model", { status: 400, headers: { "x-a": "1" } }));
  if (other.refused) throw new Error("was taken for a complaint");
  expect([other.answer.status, other.answer.headers.get("x-a"), await other.answer.text()]).toEqual([
    400,
    "1",
    "bad model",
  ]);
});

test("an encoded or a very large error is passed on unread", async () => {
  for (const headers of [{ "content-encoding": "gzip" }, { "content-length": "100000" }]) {
    const answer = new Response("stream_options", { status: 400, headers });
    expect(await readUsageOptionRefusal(answer)).toEqual({ refused: false, answer });
    expect(answer.bodyUsed).toBe(false);
  }
});
