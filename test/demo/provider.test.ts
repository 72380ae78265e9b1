import { afterEach, describe, expect, test } from "bun:test";

import { CLIENTS, toEmbedRequest } from "../../src/demo/client/clients.ts";
import type { ChatCall, DemoRequest } from "../../src/demo/client/call.ts";
import { DEFAULT_FAULTS, type FaultRates } from "../../src/demo/fault.ts";
import { type DemoProvider, type DemoProviderOptions, startDemoProvider } from "../../src/demo/provider.ts";
import { createRandom } from "../../src/demo/random.ts";
import type { ClientId, Message } from "../../src/demo/script.ts";
import type { Reading } from "../../src/dialect/dialect.ts";
import { findDialect } from "../../src/dialect/registry.ts";
import { eventually } from "../support/gate.ts";

const NO_FAULTS: FaultRates = { rateLimited: 0, overloaded: 0, cut: 0, slow: 0 };

const started: DemoProvider[] = [];
afterEach(async () => {
  await Promise.all(started.splice(0).map((provider) => provider.close()));
});

function start(options: DemoProviderOptions = {}): DemoProvider {
  const provider = startDemoProvider({
    random: createRandom(1),
    now: () => 1.8e12,
    pace: 0,
    faults: NO_FAULTS,
    ...options,
  });
  started.push(provider);
  return provider;
}

function send(provider: DemoProvider, request: DemoRequest, signal?: AbortSignal): Promise<Response> {
  return fetch(`${provider.url}${request.path}`, {
    method: request.method,
    headers: { ...request.headers },
    ...(request.body === undefined ? {} : { body: request.body }),
    ...(signal === undefined ? {} : { signal }),
  });
}

const ASK = "The test fails. Why?";
const HISTORY: readonly Message[] = [
  { by: "person", text: ASK },
  { by: "model", reply: { text: "Let me look at it." }, callId: "" },
  { by: "person", text: "Please do." },
];

function callOf(client: ClientId, model: string, more: Partial<ChatCall> = {}): DemoRequest {
  return CLIENTS[client]({
    identity: { sessionId: "s", deviceId: "d" },
    model,
    system: "Be brief. ".repeat(800),
    tools: [],
    messages: HISTORY,
    streaming: true,
    ...more,
  });
}

/** The answer as modeltap's own reader understands it. */
function read(request: DemoRequest, response: Response, bytes: Uint8Array, truncated = false): Reading {
  const [path = "", query = ""] = request.path.split("?");
  const context = {
    provider: "demo",
    method: request.method,
    path: path.replace(/^\/(?:openai|openrouter|groq|anthropic)\b/, ""),
    query,
    requestBody: JSON.parse(request.body ?? "null"),
    requestContentType: "application/json",
    statusCode: response.status,
    responseContentType: response.headers.get("content-type") ?? undefined,
    responseHeaders: [...response.headers],
  };
  const dialect = findDialect(context);
  expect(dialect.id).not.toBe("unknown");
  const reader = dialect.createReader(context);
  for (let at = 0; at < bytes.length; at += 777) reader.feed(bytes.subarray(at, at + 777));
  return reader.end({ truncated });
}

async function readWhole(provider: DemoProvider, request: DemoRequest): Promise<Reading> {
  const response = await send(provider, request);
  return read(request, response, await response.bytes());
}

const FORMATS: readonly { readonly client: ClientId; readonly model: string }[] = [
  { client: "claude-code", model: "claude-sonnet-4-5" },
  { client: "opencode", model: "claude-haiku-4-5" },
  { client: "openai-sdk", model: "gpt-5-mini" },
  { client: "groq-sdk", model: "llama-3.3-70b-versatile" },
  { client: "openrouter-sdk", model: "anthropic/claude-sonnet-4.5" },
  { client: "codex", model: "gpt-5.1-codex" },
  { client: "gemini-cli", model: "gemini-2.5-pro" },
  { client: "ollama", model: "llama3.2" },
];

describe.each(FORMATS)("$client with $model", ({ client, model }) => {
  test("a stream is read to its end without a doubt, with usage and finish reason", async () => {
    const reading = await readWhole(start(), callOf(client, model));
    expect(reading).toMatchObject({ model, complete: true, usageSource: "reported", billable: true, warnings: [] });
    expect(reading.finishReason).toMatch(/^(?:end_turn|stop|STOP|completed)$/);
    expect(reading.usage?.inputTokens).toBeGreaterThan(2000);
    expect(reading.usage?.outputTokens).toBeGreaterThan(20);
  });

  test("an answer at once says the same as a stream", async () => {
    const streamed = await readWhole(start(), callOf(client, model));
    const request = callOf(client, model);
    const whole = await readWhole(start(), toWholeRequest(request));
    expect(whole).toMatchObject({ model, complete: true, usageSource: "reported", warnings: [] });
    expect(whole.usage?.outputTokens).toBe(streamed.usage?.outputTokens ?? -1);
    expect(whole.finishReason).toBe(streamed.finishReason ?? "none");
  });

  test("an error is told in the provider's own words", async () => {
    const limited = start({ faults: { ...NO_FAULTS, rateLimited: 1 } });
    const request = callOf(client, model);
    const response = await send(limited, request);
    expect(response.status).toBe(429);
    expect(Number(response.headers.get("retry-after"))).toBeGreaterThan(0);
    expect(read(request, response, await response.bytes()).error?.message).toStartWith("Demo: ");
  });

  test("a cut stream breaks the connection and leaves a partial answer", async () => {
    const request = callOf(client, model);
    const response = await send(start({ faults: { ...NO_FAULTS, cut: 1 } }), request);
    expect(response.status).toBe(200);
    const parts: Uint8Array[] = [];
    const reading = async () => {
      // How much of it is read before the reset is up to the sockets: only that it never ends clean is certain.
      for await (const bytes of response.body ?? []) parts.push(bytes);
      return "a clean end";
    };
    expect(await reading().catch(() => "a broken connection")).toBe("a broken connection");
    const cut = read(request, response, Buffer.concat(parts), true);
    expect(cut.complete).toBe(false);
    expect(cut.usageSource).not.toBe("reported");
  });
});

/** The same request, asking for an answer at once. */
function toWholeRequest(request: DemoRequest): DemoRequest {
  const body: Record<string, unknown> = { ...JSON.parse(request.body ?? "{}"), stream: false };
  delete body["stream_options"];
  const path = request.path.replace(":streamGenerateContent?alt=sse", ":generateContent");
  return { ...request, path, body: JSON.stringify(body), streaming: false };
}

test("caches are read from the second turn on and written by lifetime", async () => {
  const provider = start();
  const first = await readWhole(
    provider,
    callOf("claude-code", "claude-sonnet-4-5", { messages: HISTORY.slice(0, 1) }),
  );
  expect(first.usage?.cacheReadTokens).toBe(0);
  expect(first.usage?.cacheWrite1hTokens).toBeGreaterThan(2000);
  const later = await readWhole(provider, callOf("claude-code", "claude-sonnet-4-5"));
  expect(later.usage?.cacheReadTokens).toBeGreaterThan(2000);
  expect(later.usage?.cacheWrite1hTokens).toBe(0);
  expect(later.usage?.cacheWrite5mTokens).toBe(later.usage?.cacheWriteTokens ?? -1);
  for (const client of ["codex", "openai-sdk", "gemini-cli"] as const) {
    const { usage } = await readWhole(provider, callOf(client, "gpt-5-mini"));
    expect(usage?.cacheReadTokens).toBeGreaterThan(1024);
    expect(usage?.cacheReadTokens).toBeLessThan(usage?.inputTokens ?? 0);
  }
});

test("OpenAI gives usage in a stream only where it was asked for", async () => {
  const request = callOf("openai-sdk", "gpt-5-mini");
  const body: Record<string, unknown> = JSON.parse(request.body ?? "{}");
  delete body["stream_options"];
  const reading = await readWhole(start(), { ...request, body: JSON.stringify(body) });
  expect(reading.usage).toBeUndefined();
  expect(reading.complete).toBe(true);
});

test("OpenRouter reports what it charged", async () => {
  const reading = await readWhole(start(), callOf("openrouter-sdk", "anthropic/claude-sonnet-4.5"));
  expect(reading.reportedCostNanoUsd).toBeGreaterThan(1_000_000);
});

test("scripted lines get their tool calls and thoughts, in every format that has them", async () => {
  const says = "Which three regions sold most in the last quarter, and how does that compare with the quarter before?";
  for (const [client, pattern] of [
    ["claude-code", /"type":"tool_use","id":"toolu_demo\w+","name":"run_sql"/],
    ["openai-sdk", /"tool_calls":\[\{"index":0,"id":"call_demo\w+"/],
    ["codex", /"type":"function_call".*"call_id":"call_demo\w+"/],
    ["gemini-cli", /"functionCall":\{"name":"run_sql"/],
  ] as const) {
    const request = callOf(client, "gpt-5-mini", { messages: [{ by: "person", text: says }] });
    const response = await send(start(), request);
    const bytes = await response.bytes();
    expect(new TextDecoder().decode(bytes)).toMatch(pattern);
    const reading = read(request, response, bytes);
    expect(reading.finishReason ?? "").not.toBe("");
    if (client !== "claude-code") expect(reading.usage?.reasoningTokens).toBeGreaterThan(0);
  }
});

test("embeddings have the length asked for, and an input over the limit is refused", async () => {
  const provider = start();
  const request = toEmbedRequest("text-embedding-3-small", ["one", "two"]);
  const response = await send(provider, request);
  const bytes = await response.bytes();
  expect(read(request, response, bytes)).toMatchObject({ usageSource: "reported", model: "text-embedding-3-small" });
  const { data } = JSON.parse(new TextDecoder().decode(bytes)) as { data: { embedding: string }[] };
  expect(data.map(({ embedding }) => Buffer.from(embedding, "base64").length)).toEqual([1024, 1024]);
  const refused = await send(provider, toEmbedRequest("text-embedding-3-small", ["word ".repeat(9000)]));
  expect(refused.status).toBe(400);
  expect(await refused.text()).toContain("context_length_exceeded");
});

test("overload is told with Anthropic's own status", async () => {
  const response = await send(start({ faults: { ...NO_FAULTS, overloaded: 1 } }), callOf("claude-code", "x"));
  expect(response.status).toBe(529);
});

test("one seed gives the same answers byte for byte, ids and faults included", async () => {
  const record = async (seed: number): Promise<string[]> => {
    const provider = start({ random: createRandom(seed), faults: { ...DEFAULT_FAULTS, cut: 0, rateLimited: 0.4 } });
    const answers: string[] = [];
    for (const { client, model } of FORMATS) {
      const response = await send(provider, callOf(client, model));
      answers.push(`${response.status} ${await response.text()}`);
    }
    return answers;
  };
  const first = await record(3);
  expect(await record(3)).toEqual(first);
  expect(await record(4)).not.toEqual(first);
});

test("what is no known path is refused with a sentence, and junk does no harm", async () => {
  const provider = start();
  const unknown = await fetch(`${provider.url}/demo/bedrock/model/x/invoke`, { method: "POST", body: "{}" });
  expect(unknown.status).toBe(404);
  expect(await unknown.text()).toContain("/demo/bedrock/model/x/invoke");
  for (const { path } of FORMATS.map(({ client, model }) => callOf(client, model))) {
    for (const body of ["", "null", "[]", '"x"', '{"messages":[null,7],"contents":[[]],"input":[{}],"stream":true}']) {
      const response = await fetch(`${provider.url}${path}`, { method: "POST", body });
      expect(response.status).toBe(200);
      await response.bytes();
    }
  }
});

test("every answer says that it is from the demo", async () => {
  const response = await send(start(), callOf("openai-sdk", "gpt-5-mini"));
  expect(response.headers.get("x-demo")).toBe("modeltap");
  expect(await response.text()).toContain("chatcmpl-demo");
});

test("a client that leaves, and a close in the middle, leave nothing open", async () => {
  const provider = start({ pace: 20 });
  const leaving = new AbortController();
  const left = send(provider, callOf("codex", "gpt-5.1-codex"), leaving.signal).catch(() => undefined);
  await eventually(() => (provider.openRequests() === 1 ? true : undefined), "the request at the provider");
  leaving.abort();
  await left;
  await eventually(() => (provider.openRequests() === 0 ? true : undefined), "the end of the left request");
  const broken = send(provider, callOf("codex", "gpt-5.1-codex")).then((response) => response.bytes());
  await eventually(() => (provider.openRequests() === 1 ? true : undefined), "the second request");
  const failed = broken.then(
    () => false,
    () => true,
  );
  await provider.close();
  expect(await failed).toBe(true);
  expect(provider.openRequests()).toBe(0);
});

const SCHEMA = { type: "object", properties: { verdict: { type: "string" } } };

test.each([
  [
    "/v1beta/models/gemini-x:generateContent",
    { generationConfig: { responseMimeType: "application/json", responseJsonSchema: SCHEMA } },
  ],
  ["/v1/chat/completions", { response_format: { type: "json_schema", json_schema: { schema: SCHEMA } } }],
  ["/v1/responses", { text: { format: { type: "json_schema", schema: SCHEMA } } }],
  ["/v1/messages", { output_config: { format: { type: "json_schema", schema: SCHEMA } } }],
  ["/api/chat", { format: SCHEMA, stream: false }],
])("%s: who asks for JSON gets JSON that fits, and reads in it that this is a demo", async (path, more) => {
  const provider = start();
  const body = JSON.stringify({ model: "m", messages: [], contents: [], input: "x", ...more });
  const text = await (await fetch(provider.url + path, { method: "POST", body })).text();
  expect(text).toMatch(/"\{\\"verdict\\":\\"This is the demo[^"]*\\"\}"/);
});
