import { afterEach, describe, expect, test } from "bun:test";

import { createGate } from "../support/gate.ts";
import { createProxyCase } from "../support/proxy.ts";
import { openRaw } from "../support/raw-request.ts";
import * as step from "../support/step.ts";

const { start, close } = createProxyCase();
afterEach(close);

const CALL = { method: "POST", target: "/openai/v1/chat/completions", body: "{}" };

/** A proxy that begins to stop when it is told so, and a connection to it that has served one request. */
async function startWithKeptConnection() {
  let stopping = false;
  const { upstream, proxy } = await start({ isStopping: () => stopping });
  upstream.on("POST /v1/chat/completions", step.json({ ok: true }));
  const kept = await openRaw(proxy.url);
  await kept.send(kept.requestText(CALL));
  const first = await kept.response();
  expect([first.status, first.header("connection")]).toEqual([200, undefined]);
  const before = kept.bytes.length;
  return {
    upstream,
    proxy,
    kept,
    stop: () => (stopping = true),
    /** What came behind the first answer, once the connection ended. */
    async rest(): Promise<string> {
      expect(await kept.waitForEnd()).toBe("end");
      return new TextDecoder().decode(kept.bytes.subarray(before));
    },
  };
}

describe("while it stops", () => {
  test.each([
    ["to forward", CALL],
    ["for ourselves", { target: "/stats/summary" }],
    ["that nobody would take", { target: "/nothing/here" }],
  ])("a request %s on a kept connection is told so, and to go", async (_what, call) => {
    const { upstream, proxy, kept, stop, rest } = await startWithKeptConnection();
    stop();
    await kept.send(kept.requestText(call));
    const answer = (await rest()).toLowerCase();
    expect(answer).toStartWith("http/1.1 503 ");
    expect(answer).toContain("\r\nx-modeltap-error: shutting_down\r\n");
    expect(answer).toContain("\r\nconnection: close\r\n");
    expect(proxy.refused).toEqual(["shutting_down"]);
    expect([upstream.requests.length, proxy.exchanges.length]).toEqual([1, 1]);
  });

  test("health is still told", async () => {
    const { proxy, stop } = await startWithKeptConnection();
    stop();
    expect((await fetch(`${proxy.url}/health`)).status).toBe(200);
  });

  test("an answer that was on its way takes its connection with it", async () => {
    const { upstream, kept, stop, rest } = await startWithKeptConnection();
    const gate = createGate();
    upstream.on("POST /v1/chat/completions", [step.wait(gate.opened), ...step.json({ ok: "late" })]);
    await kept.send(kept.requestText(CALL));
    await upstream.nextWhole();
    await upstream.nextWhole();
    stop();
    gate.open();
    const answer = (await rest()).toLowerCase();
    expect(answer).toStartWith("http/1.1 200 ");
    expect(answer).toContain("\r\nconnection: close\r\n");
    expect(answer).toEndWith('{"ok":"late"}');
  });

  test("so does our own error", async () => {
    const { upstream, kept, stop, rest } = await startWithKeptConnection();
    const gate = createGate();
    upstream.on("POST /v1/chat/completions", [step.wait(gate.opened), step.cut()]);
    await kept.send(kept.requestText(CALL));
    await upstream.nextWhole();
    await upstream.nextWhole();
    stop();
    gate.open();
    const answer = (await rest()).toLowerCase();
    expect(answer).toStartWith("http/1.1 502 ");
    expect(answer).toContain("\r\nconnection: close\r\n");
  });
});
