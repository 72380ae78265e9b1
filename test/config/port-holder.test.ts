import { afterEach, expect, test } from "bun:test";

import { describePortHolder } from "../../src/config/port-holder.ts";

const servers: { stop(now: boolean): unknown }[] = [];
afterEach(() => {
  for (const server of servers.splice(0)) void server.stop(true);
});

function serve(answer: () => Response): number {
  const server = Bun.serve({ hostname: "127.0.0.1", port: 0, fetch: answer });
  servers.push(server);
  return server.port ?? 0;
}

test("a modeltap is known by its health, and a higher port is offered that can be bound", async () => {
  const port = serve(() => Response.json({ status: "ok", version: "0.1.0", processes: { proxy: 4242, api: 2 } }));
  const { description, freePort } = await describePortHolder(port);
  expect(description).toBe("another modeltap 0.1.0 (process 4242)");
  expect(freePort).toBeGreaterThan(port);
  servers.push(Bun.listen({ hostname: "127.0.0.1", port: freePort ?? 0, socket: { data() {} } }));
});

test("another program of this user is named with its process on Linux, and never with its arguments", async () => {
  const port = serve(() => new Response("hello"));
  const { description } = await describePortHolder(port);
  if (process.platform === "linux") expect(description).toContain(`(process ${process.pid})`);
  else expect(description).toBe("another program");
  expect(description).not.toContain("test/");
});

test("an answer that only looks like ours adds no text of its own", async () => {
  const port = serve(() => Response.json({ version: "1\n\u001b[31m pay here", processes: {} }));
  expect((await describePortHolder(port)).description).not.toContain("pay here");
});

test("a program that never answers costs half a second, not the start", async () => {
  const silent = Bun.listen({ hostname: "127.0.0.1", port: 0, socket: { data() {} } });
  servers.push(silent);
  expect((await describePortHolder(silent.port)).description).not.toContain("modeltap");
});
