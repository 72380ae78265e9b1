import { afterEach, expect, test } from "bun:test";
import { createProxyCase, type TestProxy } from "../support/proxy.ts";
import { openRaw, rawRequest } from "../support/raw-request.ts";
import * as step from "../support/step.ts";

const { start, close } = createProxyCase();
afterEach(close);

const BREAKER = { openAfterFailures: 3, halfOpenAfterMs: 200, evictAfterMs: 60_000 };
const CALL = { method: "POST", target: "/openai/v1/x", body: "{}" };

async function stateOf(proxy: TestProxy): Promise<string> {
  const response = await rawRequest(proxy.url, { target: "/admin/breakers/openai" });
  const facts: unknown = JSON.parse(response.text);
  return typeof facts === "object" && facts !== null && "state" in facts ? String(facts.state) : "unknown";
}

test("an upstream that keeps answering 500 rests, is probed once, and comes back", async () => {
  const { upstream, proxy } = await start({ options: { breaker: BREAKER } });
  let well = false;
  upstream.on(/./, () => (well ? step.json({ ok: true }) : step.json({ error: "down" }, { status: 500 })));
  for (let i = 0; i < 3; i++) expect((await rawRequest(proxy.url, CALL)).status).toBe(500);
  const refused = await rawRequest(proxy.url, CALL);
  expect([refused.status, refused.header("x-modeltap-error"), refused.header("retry-after")]).toEqual([
    503,
    "circuit_open",
    "1",
  ]);
  expect(upstream.requests.length).toBe(3);
  expect((await proxy.ended(3)).end).toMatchObject({ state: "failed", endedBy: "upstream", errorCode: "circuit_open" });
  expect((await rawRequest(proxy.url, { ...CALL, target: "/groq/v1/x" })).status).toBe(500);
  well = true;
  await Bun.sleep(BREAKER.halfOpenAfterMs);
  expect((await rawRequest(proxy.url, CALL)).status).toBe(200);
  expect(await stateOf(proxy)).toBe("closed");
});

test("client aborts, 4xx and 429 open nothing", async () => {
  const { upstream, proxy } = await start({ options: { breaker: BREAKER } });
  upstream.on(/400/, step.json({}, { status: 400 }));
  upstream.on(/429/, step.json({}, { status: 429 }));
  upstream.on(/hang/, [step.never()]);
  for (let i = 0; i < 5; i++) {
    await rawRequest(proxy.url, { ...CALL, target: "/openai/v1/400" });
    await rawRequest(proxy.url, { ...CALL, target: "/openai/v1/429" });
    const client = await openRaw(proxy.url);
    await client.send(client.requestText({ ...CALL, target: "/openai/v1/hang" }));
    await upstream.next();
    await upstream.next();
    await upstream.next();
    await client[Symbol.asyncDispose]();
  }
  expect(await stateOf(proxy)).toBe("closed");
});

test("cut streams count, and a reset by hand lets requests through again", async () => {
  const { upstream, proxy } = await start({ options: { breaker: BREAKER } });
  upstream.on(/./, [
    step.head(200, [
      ["content-type", "text/event-stream"],
      ["transfer-encoding", "chunked"],
    ]),
    step.body("data: 1\n\n"),
    step.delay(10),
    step.reset(),
  ]);
  for (let i = 0; i < 3; i++) {
    const client = await openRaw(proxy.url);
    await client.send(client.requestText(CALL));
    await client.waitForEnd();
    await proxy.ended(i);
  }
  expect(await stateOf(proxy)).toBe("open");
  const reset = await rawRequest(proxy.url, {
    method: "POST",
    target: "/admin/breakers/openai/reset",
    body: "{}",
    headers: [["content-type", "application/json"]],
  });
  expect(reset.status).toBe(200);
  expect(await stateOf(proxy)).toBe("closed");
});

test("the refusal of a breaker further up the line says nothing about the machine we talk to", async () => {
  const { upstream, proxy } = await start({ options: { breaker: BREAKER } });
  upstream.on(/./, step.json({}, { status: 503, headers: [["x-modeltap-error", "circuit_open"]] }));
  for (let i = 0; i < 5; i++) await rawRequest(proxy.url, CALL);
  expect(await stateOf(proxy)).toBe("closed");
});
