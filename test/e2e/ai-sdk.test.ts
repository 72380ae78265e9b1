import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { createAnthropic } from "@ai-sdk/anthropic";
import { createOpenAI } from "@ai-sdk/openai";
import { APICallError, generateText, jsonSchema, streamText, tool, type ToolSet } from "ai";

import { createGate } from "../support/gate.ts";
import { body, head, json, sse, sseText, wait } from "../support/step.ts";
import {
  anthropicError,
  chatAnswer,
  chatEvents,
  chatStream,
  messageAnswer,
  messageEvents,
  openaiError,
  responsesEvents,
  responsesObject,
} from "./answers.ts";
import { createStage, type Stage } from "./stage.ts";

let stage: Stage;
beforeAll(async () => {
  stage = await createStage();
});
afterAll(() => stage[Symbol.asyncDispose]());

const CHAT = "POST /v1/chat/completions";
const MESSAGES = "POST /v1/messages";
const USED = { usage_source: "reported", state: "completed", ended_by: "upstream", status_code: 200 };
const CHAT_ROW = { provider: "openai", endpoint: "/v1/chat/completions", dialect: "openai-chat" };
const MESSAGE_ROW = { provider: "anthropic", endpoint: "/v1/messages", dialect: "anthropic-messages" };

const openai = () => createOpenAI({ apiKey: "sk-test", baseURL: `${stage.url}/openai/v1` });
const anthropic = () => createAnthropic({ apiKey: "test-key", baseURL: `${stage.url}/anthropic/v1` });
const asking = { prompt: "hi", maxRetries: 0 };
/** Errors of a stream are parts of it here, not noise in the output. */
const quiet = { onError: () => undefined };

// The package's own types do not fit together under exactOptionalPropertyTypes.
const weather = tool({
  inputSchema: jsonSchema<{ city: string }>({ type: "object", properties: { city: { type: "string" } } }),
}) as ToolSet[string];

describe("the AI SDK", () => {
  test("reads chat answers, plain and streamed", async () => {
    stage.upstream.on(CHAT, ({ count }) =>
      count === 0
        ? chatAnswer({ content: "Hello" }, { input: 12, output: 3 })
        : chatStream([{ role: "assistant", content: "Hé" }, { content: "llo" }], { input: 13, output: 4 }),
    );
    const model = openai().chat("gpt-5-mini");
    const plain = await generateText({ ...asking, model });
    expect([plain.text, plain.usage.inputTokens, plain.usage.outputTokens]).toEqual(["Hello", 12, 3]);
    const streamed = streamText({ ...asking, model });
    expect(await streamed.text).toBe("Héllo");
    expect((await streamed.usage).inputTokens).toBe(13);
    expect(await stage.takeRows(2)).toMatchObject([
      { ...CHAT_ROW, ...USED, input_tokens: 12, output_tokens: 3, streaming: 0 },
      { ...CHAT_ROW, ...USED, input_tokens: 13, output_tokens: 4, streaming: 1 },
    ]);
  });

  test("reads the Responses API, plain and streamed", async () => {
    const counts = { input: 20, output: 5, cached: 4 };
    stage.upstream.on("POST /v1/responses", ({ count }) =>
      count === 0 ? json(responsesObject("four", counts)) : sse(responsesEvents("four", counts)),
    );
    const model = openai().responses("gpt-5-mini");
    expect((await generateText({ ...asking, model })).text).toBe("four");
    expect(await streamText({ ...asking, model }).text).toBe("four");
    const row = { ...USED, dialect: "openai-responses", input_tokens: 20, output_tokens: 5, cache_read_tokens: 4 };
    expect(await stage.takeRows(2)).toMatchObject([
      { ...row, streaming: 0 },
      { ...row, streaming: 1 },
    ]);
  });

  test("reads Anthropic's messages, plain and streamed", async () => {
    const deltas = ["Hé", "llo"].map((text) => ({ type: "text_delta", text }));
    stage.upstream.on(MESSAGES, ({ count }) =>
      count === 0
        ? messageAnswer([{ type: "text", text: "Hello" }], { input: 110, output: 4, cached: 100 })
        : sse(messageEvents({ type: "text", text: "" }, deltas, { input: 15, output: 6 })),
    );
    const model = anthropic()("claude-opus-4-7");
    expect((await generateText({ ...asking, model })).text).toBe("Hello");
    expect(await streamText({ ...asking, model }).text).toBe("Héllo");
    expect(await stage.takeRows(2)).toMatchObject([
      { ...MESSAGE_ROW, ...USED, input_tokens: 110, cache_read_tokens: 100, output_tokens: 4, streaming: 0 },
      { ...MESSAGE_ROW, ...USED, input_tokens: 15, output_tokens: 6, streaming: 1 },
    ]);
  });

  test("gets tool calls of both providers", async () => {
    const call = { id: "call_1", type: "function", function: { name: "weather", arguments: '{"city":"Bern"}' } };
    const block = { type: "tool_use", id: "toolu_1", name: "weather", input: { city: "Bern" } };
    stage.upstream.on(CHAT, chatAnswer({ tool_calls: [call] }, { input: 40, output: 9 }));
    stage.upstream.on(MESSAGES, messageAnswer([block], { input: 41, output: 10 }));
    for (const model of [openai().chat("gpt-5-mini"), anthropic()("claude-opus-4-7")]) {
      const { toolCalls } = await generateText({ ...asking, model, tools: { weather } });
      expect(toolCalls).toMatchObject([{ toolName: "weather", input: { city: "Bern" } }]);
    }
    expect(await stage.takeRows(2)).toMatchObject([
      { ...CHAT_ROW, ...USED, input_tokens: 40, output_tokens: 9 },
      { ...MESSAGE_ROW, ...USED, input_tokens: 41, output_tokens: 10 },
    ]);
  });

  test.each([400, 500])("throws the upstream's own error %d", async (status) => {
    stage.upstream.on(CHAT, openaiError(status, "went wrong"));
    stage.upstream.on(MESSAGES, anthropicError(status, "api_error", "went wrong"));
    for (const model of [openai().chat("gpt-5-mini"), anthropic()("claude-opus-4-7")]) {
      const error = await generateText({ ...asking, model }).catch((failure: unknown) => failure);
      expect(APICallError.isInstance(error)).toBe(true);
      expect(error).toMatchObject({ statusCode: status, message: "went wrong" });
    }
    expect(await stage.takeRows(2)).toMatchObject([
      { ...CHAT_ROW, status_code: status, error: "went wrong", input_tokens: null },
      { ...MESSAGE_ROW, status_code: status, error: "went wrong", input_tokens: null },
    ]);
  });

  test("obeys retry-after of a 429", async () => {
    stage.upstream.on(CHAT, ({ count }) =>
      count === 0
        ? openaiError(429, "slow down", { headers: [["retry-after-ms", "20"]] })
        : chatAnswer({ content: "now" }, { input: 5, output: 1 }),
    );
    const answer = await generateText({ ...asking, model: openai().chat("gpt-5-mini"), maxRetries: 1 });
    expect(answer.text).toBe("now");
    expect(await stage.takeRows(2)).toMatchObject([
      { ...CHAT_ROW, status_code: 429, error: "slow down" },
      { ...CHAT_ROW, ...USED, input_tokens: 5 },
    ]);
  });

  test("aborts in mid-stream", async () => {
    const rest = createGate();
    const [first = ""] = chatEvents([{ content: "one" }], undefined);
    stage.upstream.on(CHAT, [
      head(200, [
        ["content-type", "text/event-stream"],
        ["transfer-encoding", "chunked"],
      ]),
      body(sseText(first)),
      wait(rest.opened),
    ]);
    const abort = new AbortController();
    const model = openai().chat("gpt-5-mini");
    for await (const part of streamText({ ...asking, ...quiet, model, abortSignal: abort.signal }).fullStream) {
      if (part.type === "text-delta") abort.abort();
    }
    await stage.upstream.requests.at(-1)?.disconnected;
    expect(await stage.takeRow()).toMatchObject({
      ...CHAT_ROW,
      state: "aborted",
      ended_by: "client",
      status_code: 200,
      streaming: 1,
    });
    rest.open();
  });
});
