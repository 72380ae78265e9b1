/** @module What the prior programs promised of one request's life, through the whole program: rows, bytes, money, keys. */

import { afterAll, beforeAll, expect, test } from "bun:test";
import { join } from "node:path";

import { createGate, eventually } from "../support/gate.ts";
import { openRaw, rawRequest, type RawRequestOptions } from "../support/raw-request.ts";
import { body, head, json, sse, sseText, wait } from "../support/step.ts";
import { chatAnswer, chatEvents, openaiError } from "./answers.ts";
import { findOnDisk, readStoredBodies } from "./disk.ts";
import { createStage, type Stage } from "./stage.ts";

const CHAT = "POST /v1/chat/completions";
const ROUTE_KEY = "sk-route-0123456789abcdef0123456789abcdef";
const COUNTS = { input: 1000, output: 500 };

let stage: Stage;
beforeAll(async () => {
  stage = await createStage({
    config: {
      routes: [{ model: "local", upstream: "groq", upstream_model: "llama-3.3-70b", api_key_env: "ROUTE_KEY" }],
    },
    providers: { mistral: { capture_body_max: "64KiB" } },
    env: { ROUTE_KEY },
  });
});
afterAll(() => stage[Symbol.asyncDispose]());

type LogRow = Readonly<Record<string, unknown>>;

/** `/admin/logs`, newest first. */
async function readLogs(): Promise<readonly LogRow[]> {
  return (await stage.modeltap.stats("/admin/logs?limit=5&all=true")) as readonly LogRow[];
}

const toCall = (target: string, value: object, key = "sk-client"): RawRequestOptions => ({
  method: "POST",
  target,
  headers: [
    ["Content-Type", "application/json"],
    ["Authorization", `Bearer ${key}`],
  ],
  body: JSON.stringify(value),
});

test("a request is one row: pending while the upstream is called, then completed with a cost", async () => {
  const gate = createGate();
  stage.upstream.on(CHAT, [wait(gate.opened), ...chatAnswer({ content: "hi" }, COUNTS)]);
  const answered = rawRequest(stage.url, toCall("/openai/v1/chat/completions", { model: "gpt-5-mini", messages: [] }));
  const pending = await eventually(async () => (await readLogs())[0], "the pending row");
  expect(pending).toMatchObject({
    lifecycle_status: "pending",
    cost_status: "unresolved",
    status: null,
    cost_usd: null,
  });
  gate.open();
  expect((await answered).status).toBe(200);
  const row = await stage.takeRow();
  const after = await readLogs();
  expect(after).toHaveLength(1);
  expect(after[0]).toMatchObject({
    id: pending["id"],
    request_id: row.exchange_id,
    lifecycle_status: "completed",
    cost_status: "ok",
    incomplete: 0,
    prompt_tokens: 1000,
  });
  expect(Number(after[0]?.["cost_usd"])).toBeGreaterThan(0);
});

test("an upstream's 502 passes as it is, and its row is an error with the upstream's words", async () => {
  stage.upstream.on(CHAT, openaiError(502, "the engine is on fire"));
  const answer = await rawRequest(stage.url, toCall("/openai/v1/chat/completions", { model: "m", messages: [] }));
  expect([answer.status, JSON.parse(answer.text).error.message]).toEqual([502, "the engine is on fire"]);
  await stage.takeRow();
  const [row] = await readLogs();
  expect(row).toMatchObject({ lifecycle_status: "error", status: 502, error_message: "the engine is on fire" });
});

test("a client that leaves in mid-stream is an aborted row that says who left and what came", async () => {
  const events = chatEvents([{ content: "a" }, { content: "b" }], COUNTS);
  const gate = createGate();
  stage.upstream.on(CHAT, [
    head(200, [
      ["content-type", "text/event-stream"],
      ["transfer-encoding", "chunked"],
    ]),
    body(sseText(events[0] ?? "")),
    wait(gate.opened),
    ...events.slice(1).map((event) => body(sseText(event))),
  ]);
  const client = await openRaw(stage.url);
  await client.send(client.requestText(toCall("/openai/v1/chat/completions", { model: "gpt-5-mini", stream: true })));
  await eventually(() => (client.bytes.length > 0 ? true : undefined), "the first event");
  client.abort();
  await stage.takeRow();
  gate.open();
  const [row] = await readLogs();
  expect(row).toMatchObject({ lifecycle_status: "aborted", incomplete: 1, error_code: "request_aborted", status: 200 });
});

test("a last event without its line break reaches the client and is counted once", async () => {
  const events = chatEvents([{ content: "hi" }], COUNTS).slice(0, -1);
  const whole = events.map(sseText).join("").trimEnd();
  stage.upstream.on(CHAT, [
    head(200, [
      ["content-type", "text/event-stream"],
      ["transfer-encoding", "chunked"],
    ]),
    body(whole),
  ]);
  const call = { model: "gpt-5-mini", stream: true, stream_options: { include_usage: true }, messages: [] };
  expect((await rawRequest(stage.url, toCall("/openai/v1/chat/completions", call))).text).toBe(whole);
  expect(await stage.takeRow()).toMatchObject({
    input_tokens: 1000,
    output_tokens: 500,
    usage_source: "reported",
    state: "completed",
  });
});

test("a line of megabytes passes byte for byte; over the capture limit the record is cut and usage is read", async () => {
  const events = chatEvents([{ content: "x".repeat(3_000_000) }, { content: "end" }], COUNTS);
  stage.upstream.on(CHAT, sse(events, { framing: "length" }));
  const call = { model: "gpt-5-mini", stream: true, stream_options: { include_usage: true }, messages: [] };
  const answer = await rawRequest(stage.url, toCall("/mistral/v1/chat/completions", call));
  expect([answer.status, answer.text === events.map(sseText).join("")]).toEqual([200, true]);
  const row = await stage.takeRow();
  expect(row).toMatchObject({ input_tokens: 1000, output_tokens: 500, state: "completed" });
  const { response } = await stage.detail(row);
  expect(response).toMatchObject({ truncated: true });
  expect((await stage.recordedBody(row, "response"))?.length).toBeLessThanOrEqual(64 * 1024);
});

test("a routed call: name and key are the route's, the record keeps what the client sent, the key is nowhere", async () => {
  stage.upstream.on(CHAT, chatAnswer({ content: "hi" }, COUNTS));
  const call = toCall("/v1/chat/completions", { model: "local", messages: [] });
  await rawRequest(stage.url, call);
  const sent = stage.upstream.requests.at(-1);
  expect(sent?.header("authorization")).toBe(`Bearer ${ROUTE_KEY}`);
  expect(sent?.text).toBe(String(call.body).replace("local", "llama-3.3-70b"));
  // A length that is not the new body's would make the upstream wait, or cut it.
  expect(Number(sent?.header("content-length"))).toBe(sent?.body.length ?? 0);
  const row = await stage.takeRow();
  const detail = await stage.detail(row);
  expect(new TextDecoder().decode(await stage.recordedBody(row, "request"))).toBe(String(call.body));
  expect(detail).toMatchObject({ request_model: "local", upstream: "groq" });
  const answers: unknown[] = [detail, await readLogs()];
  const pages = [
    "/admin/api/routes",
    "/admin/api/upstreams",
    "/admin/api/settings",
    "/admin/config",
    "/health",
    "/metrics",
  ];
  for (const path of pages) answers.push(await (await fetch(stage.url + path)).text());
  const needle = ROUTE_KEY.slice(0, 24);
  expect(JSON.stringify(answers)).not.toContain(needle);
  expect(stage.modeltap.logs()).not.toContain(needle);
  expect(findOnDisk(stage.modeltap.dataDir, [needle])).toEqual([]);
  const bodies = readStoredBodies(join(stage.modeltap.dataDir, "modeltap.db"));
  expect(bodies.filter((bytes) => Buffer.from(bytes).includes(needle))).toEqual([]);
});

test("usage that we asked for is priced, though client and record know nothing of the question", async () => {
  const events = chatEvents([{ content: "hi" }], COUNTS);
  // With a length that is too long once the chunk is taken out: a client would wait for the rest.
  stage.upstream.on(CHAT, sse(events, { framing: "length" }));
  const call = toCall("/openai/v1/chat/completions", { model: "gpt-5-mini", stream: true, messages: [] });
  const answer = await rawRequest(stage.url, call);
  expect(stage.upstream.requests.at(-1)?.text).toContain('"include_usage":true');
  expect([answer.complete, answer.text.includes("prompt_tokens")]).toEqual([true, false]);
  const row = await stage.takeRow();
  expect(row).toMatchObject({ input_tokens: 1000, output_tokens: 500, cost_usd: expect.any(Number) });
  expect(new TextDecoder().decode(await stage.recordedBody(row, "request"))).toBe(String(call.body));
});

test("lists stay small whatever the bodies hold; one exchange gives everything", async () => {
  const text = "word ".repeat(15_000);
  stage.upstream.on(CHAT, json({ id: "x", model: "m", choices: [{ message: { content: text } }] }));
  const call = toCall("/openai/v1/chat/completions", { model: "m", messages: [{ role: "user", content: text }] });
  for (let i = 0; i < 5; i++) await rawRequest(stage.url, call);
  const rows = await stage.takeRows(5);
  for (const path of [
    "/admin/logs?limit=5",
    "/stats/requests?limit=5",
    "/admin/api/requests?limit=5",
    "/api/requests?limit=5",
  ]) {
    const list = await (await fetch(stage.url + path)).text();
    expect(list.length).toBeGreaterThan(1000);
    expect(list.length).toBeLessThan(20_000);
  }
  const [row] = rows;
  if (row === undefined) throw new Error("no row");
  expect((await stage.recordedBody(row, "request"))?.length).toBe(String(call.body).length);
  expect((await stage.recordedBody(row, "response"))?.length).toBeGreaterThan(75_000);
});
