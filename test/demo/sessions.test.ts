import { expect, test } from "bun:test";

import { DEMO_KEY } from "../../src/demo/client/clients.ts";
import type { DemoRequest } from "../../src/demo/client/call.ts";
import { createRandom } from "../../src/demo/random.ts";
import { SCENARIOS } from "../../src/demo/scenario/scenarios.ts";
import { createSession } from "../../src/demo/sessions.ts";

/** All requests of a scenario, with the answers' text as given. */
function play(index: number, seed: number, answerText = ""): DemoRequest[] {
  const scenario = SCENARIOS[index];
  if (scenario === undefined) throw new Error(`no scenario ${index}`);
  const session = createSession(scenario, createRandom(seed));
  const requests: DemoRequest[] = [];
  for (let call = session.nextCall(); call !== undefined; call = session.nextCall()) {
    requests.push(call.request);
    session.takeAnswer(answerText);
  }
  return requests;
}

const all = SCENARIOS.map((scenario, index) => ({ ...scenario, index }));

test.each(all)("$id: one seed gives the same requests byte for byte", ({ index }) => {
  expect(play(index, 5)).toEqual(play(index, 5));
});

test.each(all)("$id: the history only grows, turn by turn", ({ index, steps }) => {
  const requests = play(index, 5);
  expect(requests).toHaveLength(steps.length);
  const turns = requests.filter((_, at) => steps[at]?.kind === "turn").map((request) => request.body ?? "");
  for (const [at, body] of turns.entries()) {
    expect(JSON.parse(body)).toBeObject();
    const said = steps.filter((step) => step.kind === "turn")[at]?.says ?? "";
    for (const later of turns.slice(at)) expect(later).toContain(JSON.stringify(said).slice(1, -1));
    if (at > 0) expect(body.length).toBeGreaterThan(turns[at - 1]?.length ?? 0);
    expect(body.length).toBeLessThan(200_000);
  }
});

test.each(all)("$id: whatever looks like a credential says that it is none", ({ index }) => {
  for (const { headers } of play(index, 5)) {
    const secrets = [headers["authorization"], headers["x-api-key"], headers["x-goog-api-key"]];
    for (const secret of secrets) if (secret !== undefined) expect(secret).toMatch(/demo-not-a-real-/);
  }
  expect(DEMO_KEY).toStartWith("sk-demo-");
});

test("sessions differ in their ids, requests of one session share them", () => {
  const idsOf = (seed: number) => new Set(play(0, seed).map(({ headers }) => headers["x-claude-code-session-id"]));
  expect(idsOf(1).size).toBe(1);
  expect([...idsOf(1)]).not.toEqual([...idsOf(2)]);
});

test("the conversation of one session is told from that of another by its words", () => {
  const index = SCENARIOS.findIndex(({ id }) => id === "explain-code");
  const bodyOf = (seed: number): string => play(index, seed).find(({ body }) => body?.includes("Folder"))?.body ?? "";
  expect(bodyOf(1)).not.toBe("");
  expect(bodyOf(1)).toBe(bodyOf(1));
  expect(bodyOf(1)).not.toBe(bodyOf(2));
});

test("a tool's result names the call the answer had made", () => {
  const bodies = play(0, 1, 'data: {"id":"toolu_demoabc123"}').map((request) => request.body ?? "");
  expect(bodies.some((body) => body.includes('"tool_use_id":"toolu_demoabc123"'))).toBe(true);
  expect(bodies.some((body) => body.includes('"type":"tool_use","id":"toolu_demoabc123"'))).toBe(true);
});

test("every wire format has a client, streamed and at once where it can be both", () => {
  const paths = SCENARIOS.flatMap((_, index) => play(index, 1).map(({ method, path }) => `${method} ${path}`));
  expect([...new Set(paths)].sort()).toEqual([
    "GET /api/tags",
    "GET /openai/v1/models",
    "POST /anthropic/v1/messages",
    "POST /api/chat",
    "POST /groq/openai/v1/chat/completions",
    "POST /openai/v1/chat/completions",
    "POST /openai/v1/embeddings",
    "POST /openai/v1/responses",
    "POST /openrouter/api/v1/chat/completions",
    "POST /v1/messages/count_tokens?beta=true",
    "POST /v1/messages?beta=true",
    "POST /v1beta/models/gemini-2.5-flash-lite:generateContent",
    "POST /v1beta/models/gemini-2.5-pro:streamGenerateContent?alt=sse",
  ]);
});
