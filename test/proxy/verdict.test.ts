import { afterEach, expect, test } from "bun:test";
import { createGate, eventually } from "../support/gate.ts";
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

test.each([
  ["by its field", [["x-modeltap-error", "circuit_open"]], "{}"],
  ["by the code of agent-cli-proxy", [], '{"error":{"code":"short-circuit","status":503,"providerId":"x"}}'],
] as [string, [string, string][], string][])(
  "the refusal of a breaker further up, known %s, opens nothing and passes with its retry-after",
  async (_, headers, body) => {
    const { upstream, proxy } = await start({ options: { breaker: BREAKER } });
    const more: [string, string][] = [...headers, ["retry-after", "7"]];
    upstream.on(/./, step.answer({ status: 503, body, contentType: "application/json", headers: more }));
    for (let i = 0; i < 5; i++) {
      const answer = await rawRequest(proxy.url, CALL);
      expect([answer.status, answer.text, answer.header("retry-after")]).toEqual([503, body, "7"]);
    }
    expect(upstream.requests.length).toBe(5);
    expect(await stateOf(proxy)).toBe("closed");
  },
);

test("breakers are listed with what each kind of failure counted, reset by name, and unknown ones are 404", async () => {
  const { upstream, proxy } = await start({ options: { breaker: BREAKER } });
  const before = Date.now();
  upstream.on(/./, step.json({}, { status: 500 }));
  for (let i = 0; i < 3; i++) await rawRequest(proxy.url, CALL);
  const list: unknown = JSON.parse((await rawRequest(proxy.url, { target: "/admin/breakers" })).text);
  expect(list).toEqual({
    breakers: [
      {
        providerId: "openai",
        state: "open",
        failures: 3,
        openedAt: expect.any(Number),
        lastActivity: expect.any(Number),
        opens: 1,
        retryAfterMs: expect.any(Number),
        lastFailure: "status 500",
        failuresByClass: { status: 3 },
        window: null,
      },
    ],
  });
  const { openedAt } = (list as { breakers: { openedAt: number }[] }).breakers[0] ?? { openedAt: 0 };
  expect(openedAt).toBeGreaterThanOrEqual(before - 5);
  expect(openedAt).toBeLessThanOrEqual(Date.now() + 5);
  const reset = (id: string) =>
    rawRequest(proxy.url, {
      method: "POST",
      target: `/admin/breakers/${id}/reset`,
      body: "{}",
      headers: [["content-type", "application/json"]],
    });
  expect(JSON.parse((await reset("openai")).text)).toEqual({ ok: true, providerId: "openai" });
  expect(await stateOf(proxy)).toBe("closed");
  const unknown = await reset("nobody");
  expect([unknown.status, unknown.text.includes("Breaker not found")]).toEqual([404, true]);
  expect((await rawRequest(proxy.url, { target: "/admin/breakers/nobody" })).status).toBe(404);
});

test("the probe decides only when its body has ended: cut in the middle, the upstream rests on", async () => {
  const { upstream, proxy } = await start({ options: { breaker: BREAKER } });
  upstream.on("POST /v1/x", step.json({}, { status: 500 }));
  for (let i = 0; i < 3; i++) await rawRequest(proxy.url, CALL);
  await Bun.sleep(BREAKER.halfOpenAfterMs);
  const gate = Promise.withResolvers<void>();
  upstream.on("POST /v1/sse", [...step.sse(["1"]).slice(0, -1), step.wait(gate.promise), step.reset()]);
  const probe = await fetch(`${proxy.url}/openai/v1/sse`, { method: "POST", body: "{}" });
  expect(probe.status).toBe(200);
  expect(await stateOf(proxy)).toBe("half-open");
  expect((await rawRequest(proxy.url, CALL)).header("x-modeltap-error")).toBe("circuit_open");
  gate.resolve();
  await probe.text().catch(() => undefined);
  await proxy.ended(3);
  expect(await stateOf(proxy)).toBe("open");
  expect(upstream.requests).toHaveLength(4);
});

test("a client that is slow to send does not hold up the others as the probe", async () => {
  const { upstream, proxy } = await start({ options: { breaker: BREAKER } });
  upstream.on(/./, ({ count }) => (count < 3 ? step.json({}, { status: 500 }) : step.json({ ok: true })));
  for (let i = 0; i < 3; i++) await rawRequest(proxy.url, CALL);
  await Bun.sleep(BREAKER.halfOpenAfterMs);
  await using slow = await openRaw(proxy.url);
  await slow.send(slow.requestText({ ...CALL, headers: [["Content-Length", "10"]], body: "01234" }));
  await Bun.sleep(50);
  expect((await rawRequest(proxy.url, CALL)).status).toBe(200);
  expect(await stateOf(proxy)).toBe("closed");
  await slow.send("56789");
  expect((await slow.response()).status).toBe(200);
  expect(upstream.requests.at(-1)?.text).toBe("0123456789");
});

test("a further try of the probe is still the probe", async () => {
  const pause = createGate();
  const { upstream, proxy } = await start({
    options: { breaker: BREAKER, retries: { max: 2, rateLimitMax: 0, maxWaitMs: 1000 } },
    waits: { wait: () => pause.opened.then(() => "over"), stop() {} },
  });
  let breaks = 0;
  // On a kept connection fetch would send a GET again by itself.
  upstream.on("POST /v1/x", step.json({}, { status: 500, headers: [["connection", "close"]] }));
  upstream.on("GET /v1/models", () => (breaks++ < 2 ? [step.reset()] : step.json({ data: [] })));
  for (let i = 0; i < 3; i++) await rawRequest(proxy.url, CALL);
  await Bun.sleep(BREAKER.halfOpenAfterMs);
  const probe = rawRequest(proxy.url, { target: "/openai/v1/models" });
  await eventually(() => (breaks > 0 ? true : undefined), "the probe's first try");
  expect((await rawRequest(proxy.url, CALL)).header("x-modeltap-error")).toBe("circuit_open");
  pause.open();
  expect((await probe).status).toBe(200);
  expect(await stateOf(proxy)).toBe("closed");
  expect((await proxy.ended(3)).end.attempts).toHaveLength(3);
});
