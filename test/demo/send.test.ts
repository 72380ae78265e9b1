import { expect, test } from "bun:test";

import { CLIENTS } from "../../src/demo/client/clients.ts";
import { DEFAULT_FAULTS, type FaultRates } from "../../src/demo/fault.ts";
import { startDemoProvider } from "../../src/demo/provider.ts";
import { createRandom } from "../../src/demo/random.ts";
import { type Sent, sendRequest } from "../../src/demo/send.ts";

type Situation = {
  readonly faults?: Partial<FaultRates>;
  readonly pace?: number;
  readonly patienceMs?: number;
  readonly path?: string;
  readonly isStopped?: boolean;
};

async function sendOnce({ faults, pace = 0, patienceMs, path, isStopped }: Situation): Promise<Sent> {
  const none = Object.fromEntries(Object.keys(DEFAULT_FAULTS).map((name) => [name, 0]));
  const provider = startDemoProvider({
    random: createRandom(1),
    pace,
    faults: { ...DEFAULT_FAULTS, ...none, ...faults },
  });
  const request = CLIENTS.codex({
    identity: { sessionId: "s", deviceId: "d" },
    model: "gpt-5.1-codex",
    system: "",
    tools: [],
    messages: [{ by: "person", text: "Hello" }],
    streaming: true,
  });
  const sent = await sendRequest({
    proxyUrl: provider.url,
    request: path === undefined ? request : { ...request, path },
    signal: isStopped === true ? AbortSignal.abort() : new AbortController().signal,
    patienceMs,
  });
  await provider.close();
  return sent;
}

test("a good answer is kept as text", async () => {
  const sent = await sendOnce({});
  expect(sent.kind === "answer" ? sent.text : sent.kind).toContain("response.completed");
});

test("a client out of patience leaves, in the middle of a stream too", async () => {
  expect(await sendOnce({ pace: 10, patienceMs: 5 })).toEqual({ kind: "left" });
});

test("a demo that stops sends nothing more", async () => {
  expect(await sendOnce({ isStopped: true })).toEqual({ kind: "left" });
});

test("a rate limit says how long to wait", async () => {
  const sent = await sendOnce({ faults: { rateLimited: 1 } });
  expect(sent.kind === "later" ? sent.retryAfterMs : 0).toBeGreaterThanOrEqual(1000);
});

test("a broken stream is a cut, not an answer", async () => {
  expect(await sendOnce({ faults: { cut: 1 } })).toEqual({ kind: "cut" });
});

test("what the demo never asks for is unexpected", async () => {
  const sent = await sendOnce({ path: "/nowhere" });
  expect(sent.kind === "unexpected" ? sent.error.message : sent.kind).toContain("404");
});
