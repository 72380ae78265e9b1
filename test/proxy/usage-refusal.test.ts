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

test("an error that never ends, of no declared length, is read no further than needed and passes on whole", async () => {
  let made = 0;
  const endless = new ReadableStream<Uint8Array>(
    {
      async pull(controller) {
        made += 1;
        controller.enqueue(new Uint8Array(10_000).fill(made));
        if (made === 12) controller.close();
      },
    },
    { highWaterMark: 0 },
  );
  const read = await readUsageOptionRefusal(new Response(endless, { status: 400 }));
  if (read.refused) throw new Error("was taken for a complaint");
  expect(made).toBe(7);
  const bytes = await read.answer.bytes();
  expect([bytes.length, bytes[0], bytes[119_999]]).toEqual([120_000, 1, 12]);
});

test("the rest of one breaks off where the upstream broke off", async () => {
  let made = 0;
  const broken = new ReadableStream<Uint8Array>(
    {
      async pull(controller) {
        made += 1;
        if (made === 9) throw new Error("reset");
        controller.enqueue(new Uint8Array(10_000));
      },
    },
    { highWaterMark: 0 },
  );
  const read = await readUsageOptionRefusal(new Response(broken, { status: 400 }));
  if (read.refused) throw new Error("was taken for a complaint");
  expect(await read.answer.bytes().catch(String)).toBe("Error: reset");
});
