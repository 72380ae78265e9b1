import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import OpenAI from "openai";

import { createGate } from "../support/gate.ts";
import { body, head, json, sse, sseText, wait } from "../support/step.ts";
import { chatAnswer, chatEvents, chatStream, openaiError, responsesEvents, responsesObject } from "./answers.ts";
import { createStage, type Stage } from "./stage.ts";

let stage: Stage;
beforeAll(async () => {
  stage = await createStage();
});
afterAll(() => stage[Symbol.asyncDispose]());

const CHAT = "POST /v1/chat/completions";
const ASK = { model: "gpt-5-mini", messages: [{ role: "user" as const, content: "hi" }] };
const ROW = { provider: "openai", upstream: "openai", endpoint: "/v1/chat/completions", dialect: "openai-chat" };
const USED = { model: "gpt-5-mini-2026-08-07", usage_source: "reported", kind: "generation", billing: "metered" };

const client = (maxRetries = 0) =>
  new OpenAI({ apiKey: "sk-test", baseURL: `${stage.url}/openai/v1`, maxRetries, timeout: 10_000 });

describe("the OpenAI SDK", () => {
  test("reads a plain answer", async () => {
    stage.upstream.on(CHAT, chatAnswer({ content: "Hello" }, { input: 12, output: 3, cached: 8 }));
    const answer = await client().chat.completions.create(ASK);
    expect(answer.choices[0]?.message.content).toBe("Hello");
    expect(answer.usage?.prompt_tokens).toBe(12);
    expect(await stage.takeRow()).toMatchObject({
      ...ROW,
      ...USED,
      input_tokens: 12,
      output_tokens: 3,
      cache_read_tokens: 8,
      status_code: 200,
      state: "completed",
      ended_by: "upstream",
      streaming: 0,
    });
  });

  test("reads a stream without a trace of the usage that modeltap asked for", async () => {
    stage.upstream.on(
      CHAT,
      chatStream([{ role: "assistant", content: "" }, { content: "Hé" }, { content: "llo" }], { input: 10, output: 2 }),
    );
    const chunks = await Array.fromAsync(await client().chat.completions.create({ ...ASK, stream: true }));
    expect(chunks.map((chunk) => chunk.choices[0]?.delta.content ?? "").join("")).toBe("Héllo");
    expect(chunks.filter((chunk) => chunk.choices.length === 0)).toEqual([]);
    expect(stage.upstream.requests.at(-1)?.json).toEqual({
      ...ASK,
      stream: true,
      stream_options: { include_usage: true },
    });
    expect(await stage.takeRow()).toMatchObject({
      ...ROW,
      ...USED,
      input_tokens: 10,
      output_tokens: 2,
      status_code: 200,
      state: "completed",
      ended_by: "upstream",
      streaming: 1,
    });
  });

  test("gets the usage chunk of a stream when it asked for it", async () => {
    stage.upstream.on(CHAT, chatStream([{ content: "x" }], { input: 7, output: 1 }));
    const asked = { ...ASK, stream: true, stream_options: { include_usage: true } } as const;
    const chunks = await Array.fromAsync(await client().chat.completions.create(asked));
    expect(chunks.at(-1)?.usage?.total_tokens).toBe(8);
    expect(stage.upstream.requests.at(-1)?.json).toEqual(asked);
    expect(await stage.takeRow()).toMatchObject({ ...ROW, ...USED, input_tokens: 7, output_tokens: 1, streaming: 1 });
  });

  test("gets tool calls, plain and streamed", async () => {
    const call = { id: "call_1", type: "function", function: { name: "weather", arguments: '{"city":"Bern"}' } };
    const tools = [{ type: "function" as const, function: { name: "weather", parameters: { type: "object" } } }];
    stage.upstream.on(CHAT, chatAnswer({ tool_calls: [call] }, { input: 40, output: 9 }));
    const plain = await client().chat.completions.create({ ...ASK, tools });
    expect(plain.choices[0]?.message.tool_calls).toEqual([call as never]);

    const pieces = ['{"ci', 'ty":"Be', 'rn"}'].map((text, i) => ({
      role: "assistant",
      tool_calls: [
        {
          index: 0,
          ...(i === 0 ? { ...call } : {}),
          function: { ...(i === 0 ? { name: "weather" } : {}), arguments: text },
        },
      ],
    }));
    stage.upstream.on(CHAT, chatStream(pieces, { input: 41, output: 10 }, "tool_calls"));
    const runner = client().chat.completions.stream({ ...ASK, tools });
    const streamed = (await runner.finalChatCompletion()).choices[0]?.message.tool_calls?.[0];
    expect(streamed).toMatchObject({ id: "call_1", function: { name: "weather", arguments: '{"city":"Bern"}' } });
    expect(await stage.takeRows(2)).toMatchObject([
      { ...ROW, ...USED, input_tokens: 40, output_tokens: 9, streaming: 0 },
      { ...ROW, ...USED, input_tokens: 41, output_tokens: 10, streaming: 1 },
    ]);
  });

  test("reads the Responses API, plain and streamed", async () => {
    const counts = { input: 20, output: 5, cached: 4 };
    stage.upstream.on("POST /v1/responses", ({ count }) =>
      count === 0 ? json(responsesObject("four", counts)) : sse(responsesEvents("four", counts)),
    );
    const ask = { model: "gpt-5-mini", input: "2+2?" };
    expect((await client().responses.create(ask)).output_text).toBe("four");
    const stream = client().responses.stream(ask);
    expect((await stream.finalResponse()).output_text).toBe("four");
    const row = {
      ...USED,
      endpoint: "/v1/responses",
      dialect: "openai-responses",
      input_tokens: 20,
      output_tokens: 5,
      cache_read_tokens: 4,
      state: "completed",
    };
    expect(await stage.takeRows(2)).toMatchObject([
      { ...row, streaming: 0 },
      { ...row, streaming: 1 },
    ]);
  });

  test.each([400, 500])("throws the upstream's own error %d", async (status) => {
    stage.upstream.on(CHAT, openaiError(status, "went wrong", { headers: [["x-request-id", "req-9"]] }));
    const error = await client()
      .chat.completions.create(ASK)
      .catch((failure: unknown) => failure);
    expect(error).toBeInstanceOf(status === 400 ? OpenAI.BadRequestError : OpenAI.InternalServerError);
    expect(error).toMatchObject({ status, code: `code_${status}`, requestID: "req-9" });
    expect(String(error)).toBe(`Error: ${status} went wrong`);
    expect(await stage.takeRow()).toMatchObject({
      ...ROW,
      model: "gpt-5-mini",
      status_code: status,
      // The answer came whole: what it says is in the status and the error.
      state: "completed",
      ended_by: "upstream",
      error: "went wrong",
      error_code: status === 400 ? "invalid_request_error" : "server_error",
      input_tokens: null,
      usage_source: "none",
    });
  });

  test("obeys retry-after of a 429: two attempts of the client are two rows", async () => {
    stage.upstream.on(CHAT, ({ count }) =>
      count === 0
        ? openaiError(429, "slow down", {
            headers: [
              ["retry-after-ms", "30"],
              ["retry-after", "1"],
            ],
          })
        : chatAnswer({ content: "now" }, { input: 5, output: 1 }),
    );
    expect((await client(1).chat.completions.create(ASK)).choices[0]?.message.content).toBe("now");
    expect(await stage.takeRows(2)).toMatchObject([
      { ...ROW, status_code: 429, state: "completed", ended_by: "upstream", error: "slow down" },
      { ...ROW, ...USED, status_code: 200, state: "completed", input_tokens: 5 },
    ]);
  });

  test("aborts in mid-stream: the upstream is let go and the row says by whom", async () => {
    const rest = createGate();
    const [first = "", ...others] = chatEvents([{ content: "one" }, { content: "two" }], { input: 1, output: 1 }).map(
      sseText,
    );
    stage.upstream.on(CHAT, [
      head(200, [
        ["content-type", "text/event-stream"],
        ["transfer-encoding", "chunked"],
      ]),
      body(first),
      wait(rest.opened),
      ...others.map(body),
    ]);
    const stream = await client().chat.completions.create({ ...ASK, stream: true });
    for await (const chunk of stream) {
      expect(chunk.choices[0]?.delta.content).toBe("one");
      stream.controller.abort();
    }
    await stage.upstream.requests.at(-1)?.disconnected;
    expect(await stage.takeRow()).toMatchObject({
      ...ROW,
      status_code: 200,
      state: "aborted",
      ended_by: "client",
      error_code: "request_aborted",
      streaming: 1,
      input_tokens: null,
      output_tokens: null,
      usage_source: "none",
    });
    rest.open();
  });

  test("lists models and makes embeddings: other calls are recorded, too", async () => {
    stage.upstream.on("GET /v1/models", json({ object: "list", data: [{ id: "gpt-5-mini", object: "model" }] }));
    const data = [{ object: "embedding", index: 0, embedding: [0.25, -1] }];
    stage.upstream.on(
      "POST /v1/embeddings",
      json({ object: "list", model: "text-embedding-3-small", data, usage: { prompt_tokens: 6, total_tokens: 6 } }),
    );
    expect((await client().models.list()).data.map(({ id }) => id)).toEqual(["gpt-5-mini"]);
    const made = await client().embeddings.create({
      model: "text-embedding-3-small",
      input: "x",
      encoding_format: "float",
    });
    expect(made.data[0]?.embedding).toEqual([0.25, -1]);
    expect(await stage.takeRows(2)).toMatchObject([
      { endpoint: "/v1/models", method: "GET", kind: "other", status_code: 200, input_tokens: null },
      { endpoint: "/v1/embeddings", kind: "generation", input_tokens: 6, model: "text-embedding-3-small" },
    ]);
  });
});
