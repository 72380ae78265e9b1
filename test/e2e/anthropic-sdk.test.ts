import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import Anthropic from "@anthropic-ai/sdk";

import { createGate } from "../support/gate.ts";
import { body, head, json, sse, sseText, wait } from "../support/step.ts";
import { anthropicError, messageAnswer, messageEvents } from "./answers.ts";
import { createStage, type Stage } from "./stage.ts";

let stage: Stage;
beforeAll(async () => {
  stage = await createStage();
});
afterAll(() => stage[Symbol.asyncDispose]());

const MESSAGES = "POST /v1/messages";
const ASK = { model: "claude-opus-4-7", max_tokens: 64, messages: [{ role: "user" as const, content: "hi" }] };
const ROW = { provider: "anthropic", endpoint: "/v1/messages", dialect: "anthropic-messages", kind: "generation" };
const USED = {
  model: "claude-opus-4-7",
  usage_source: "reported",
  state: "completed",
  ended_by: "upstream",
};
const TEXT = { type: "text", text: "" };

const client = (maxRetries = 0, base = "/anthropic") =>
  new Anthropic({ apiKey: "test-key", baseURL: `${stage.url}${base}`, maxRetries, timeout: 10_000 });

describe("the Anthropic SDK", () => {
  test.each(["/anthropic", ""])("reads a plain answer under the base URL '%s'", async (base) => {
    const content = [{ type: "text", text: "Hello" }];
    stage.upstream.on(MESSAGES, messageAnswer(content, { input: 110, output: 4, cached: 100 }));
    const answer = await client(0, base).messages.create(ASK);
    expect(answer.content).toEqual(content as never);
    expect(answer).toHaveProperty("_request_id", "req_1");
    expect(stage.upstream.requests.at(-1)?.header("authorization")).toBe("Bearer test-key");
    expect(await stage.takeRow()).toMatchObject({
      ...ROW,
      ...USED,
      surface: base === "" ? "/v1" : "/anthropic",
      input_tokens: 110,
      cache_read_tokens: 100,
      output_tokens: 4,
      status_code: 200,
      streaming: 0,
    });
  });

  test("reads a stream", async () => {
    const deltas = ["Hé", "llo"].map((text) => ({ type: "text_delta", text }));
    stage.upstream.on(MESSAGES, sse(messageEvents(TEXT, deltas, { input: 15, output: 6 }), { paceMs: 1 }));
    const stream = client().messages.stream(ASK);
    expect(await stream.finalText()).toBe("Héllo");
    expect((await stream.finalMessage()).usage).toMatchObject({ input_tokens: 15, output_tokens: 6 });
    expect(await stage.takeRow()).toMatchObject({ ...ROW, ...USED, input_tokens: 15, output_tokens: 6, streaming: 1 });
  });

  test("gets tool calls, plain and streamed", async () => {
    const tools = [{ name: "weather", input_schema: { type: "object" as const } }];
    const block = { type: "tool_use", id: "toolu_1", name: "weather", input: { city: "Bern" } };
    const deltas = ['{"ci', 'ty":"Bern"}'].map((partial_json) => ({ type: "input_json_delta", partial_json }));
    stage.upstream.on(MESSAGES, ({ count }) =>
      count === 0
        ? messageAnswer([block], { input: 30, output: 7 })
        : sse(messageEvents({ ...block, input: {} }, deltas, { input: 31, output: 8 }, "tool_use")),
    );
    expect((await client().messages.create({ ...ASK, tools })).content).toEqual([block as never]);
    const streamed = await client()
      .messages.stream({ ...ASK, tools })
      .finalMessage();
    expect(streamed).toMatchObject({ stop_reason: "tool_use", content: [block] });
    expect(await stage.takeRows(2)).toMatchObject([
      { ...ROW, ...USED, input_tokens: 30, output_tokens: 7, streaming: 0 },
      { ...ROW, ...USED, input_tokens: 31, output_tokens: 8, streaming: 1 },
    ]);
  });

  test.each([
    [400, "invalid_request_error", Anthropic.BadRequestError],
    [500, "api_error", Anthropic.InternalServerError],
    [529, "overloaded_error", Anthropic.InternalServerError],
  ] as const)("throws the upstream's own error %d", async (status, type, kind) => {
    stage.upstream.on(MESSAGES, anthropicError(status, type, "went wrong"));
    const error = await client()
      .messages.create(ASK)
      .catch((failure: unknown) => failure);
    expect(error).toBeInstanceOf(kind);
    expect(error).toMatchObject({ status, error: { type: "error", error: { type, message: "went wrong" } } });
    expect(await stage.takeRow()).toMatchObject({
      ...ROW,
      model: "claude-opus-4-7",
      status_code: status,
      state: "completed",
      error: "went wrong",
      error_code: type,
      input_tokens: null,
    });
  });

  test("obeys retry-after of a 429: two attempts of the client are two rows", async () => {
    stage.upstream.on(MESSAGES, ({ count }) =>
      count === 0
        ? anthropicError(429, "rate_limit_error", "slow down", { headers: [["retry-after-ms", "20"]] })
        : messageAnswer([{ type: "text", text: "now" }], { input: 5, output: 1 }),
    );
    expect((await client(1).messages.create(ASK)).content).toMatchObject([{ text: "now" }]);
    expect(await stage.takeRows(2)).toMatchObject([
      { ...ROW, status_code: 429, error_code: "rate_limit_error" },
      { ...ROW, ...USED, status_code: 200 },
    ]);
  });

  test("sees an error event in mid-stream; the row has what was reported until then", async () => {
    const events = messageEvents(TEXT, [{ type: "text_delta", text: "Hal" }], { input: 9, output: 3 }).slice(0, 3);
    const failure = { type: "error", error: { type: "overloaded_error", message: "Overloaded" } };
    stage.upstream.on(MESSAGES, sse([...events, { event: "error", data: JSON.stringify(failure) }]));
    const error = await client()
      .messages.stream(ASK)
      .finalMessage()
      .catch((thrown: unknown) => thrown);
    expect(String(error)).toContain("Overloaded");
    expect(await stage.takeRow()).toMatchObject({
      ...ROW,
      status_code: 200,
      error: "Overloaded",
      error_code: "overloaded_error",
      input_tokens: 9,
      usage_source: "partial",
      streaming: 1,
    });
  });

  test("aborts in mid-stream: the input is known, the output only in part", async () => {
    const rest = createGate();
    const events = messageEvents(TEXT, [{ type: "text_delta", text: "one" }], { input: 21, output: 9 }).map(sseText);
    stage.upstream.on(MESSAGES, [
      head(200, [
        ["content-type", "text/event-stream"],
        ["transfer-encoding", "chunked"],
      ]),
      ...events.slice(0, 3).map(body),
      wait(rest.opened),
      ...events.slice(3).map(body),
    ]);
    const stream = client().messages.stream(ASK);
    const gone = stream.finalMessage().catch((failure: unknown) => failure);
    stream.on("text", (text) => {
      if (text === "one") stream.abort();
    });
    expect(await gone).toBeInstanceOf(Anthropic.APIUserAbortError);
    await stage.upstream.requests.at(-1)?.disconnected;
    expect(await stage.takeRow()).toMatchObject({
      ...ROW,
      status_code: 200,
      state: "aborted",
      ended_by: "client",
      error_code: "request_aborted",
      input_tokens: 21,
      usage_source: "partial",
      streaming: 1,
    });
    rest.open();
  });

  test("counts tokens: recorded, but no generation", async () => {
    stage.upstream.on("POST /v1/messages/count_tokens", json({ input_tokens: 77 }));
    const counted = await client().messages.countTokens({ model: ASK.model, messages: ASK.messages });
    expect(counted.input_tokens).toBe(77);
    expect(await stage.takeRow()).toMatchObject({
      kind: "other",
      input_tokens: null,
      cost_usd: null,
      status_code: 200,
    });
  });
});
