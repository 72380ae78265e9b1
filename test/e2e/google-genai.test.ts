import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { ApiError, GoogleGenAI } from "@google/genai";

import { createGate } from "../support/gate.ts";
import { body, head, json, sse, sseText, wait } from "../support/step.ts";
import { geminiChunk } from "./answers.ts";
import { createStage, type Stage } from "./stage.ts";

let stage: Stage;
beforeAll(async () => {
  stage = await createStage();
});
afterAll(() => stage[Symbol.asyncDispose]());

const PLAIN = "/v1/models/gemini-3-pro:generateContent";
const STREAM = "/v1/models/gemini-3-pro:streamGenerateContent";
const ASK = { model: "gemini-3-pro", contents: "hi" };
const ROW = { provider: "gemini", dialect: "gemini", kind: "generation", model: "gemini-3-pro" };
const USED = { usage_source: "reported", state: "completed", ended_by: "upstream", status_code: 200 };

const client = (base = "/gemini", apiVersion = "v1") =>
  new GoogleGenAI({ apiKey: "test-key", httpOptions: { baseUrl: `${stage.url}${base}`, apiVersion, timeout: 10_000 } });

describe("the Google GenAI SDK", () => {
  test.each([
    ["/gemini", "v1"],
    ["/google", "v1beta"],
    ["", "v1"],
    ["", "v1beta"],
  ])("reads a plain answer under the base URL '%s' and version %s", async (base, version) => {
    const path = PLAIN.replace("v1", version);
    stage.upstream.on(`POST ${path}`, json(geminiChunk([{ text: "Hello" }], { input: 8, output: 2 })));
    const answer = await client(base, version).models.generateContent(ASK);
    expect(answer.text).toBe("Hello");
    expect(answer.usageMetadata?.promptTokenCount).toBe(8);
    const expected = { ...ROW, ...USED, endpoint: path, input_tokens: 8, output_tokens: 2, streaming: 0 };
    expect(await stage.takeRow()).toMatchObject(expected);
  });

  test("reads a stream", async () => {
    const chunks = [
      geminiChunk([{ text: "Hé" }], { input: 9, output: 1 }, false),
      geminiChunk([{ text: "llo" }], { input: 9, output: 4 }),
    ];
    stage.upstream.on(
      `POST ${STREAM}`,
      sse(
        chunks.map((chunk) => JSON.stringify(chunk)),
        { paceMs: 1 },
      ),
    );
    const answer = await Array.fromAsync(await client().models.generateContentStream(ASK));
    expect(answer.map((chunk) => chunk.text).join("")).toBe("Héllo");
    expect(stage.upstream.requests.at(-1)?.target).toBe(`${STREAM}?alt=sse`);
    const expected = { ...ROW, ...USED, endpoint: STREAM, input_tokens: 9, output_tokens: 4, streaming: 1 };
    expect(await stage.takeRow()).toMatchObject(expected);
  });

  test("gets tool calls, plain and streamed", async () => {
    const call = { functionCall: { name: "weather", args: { city: "Bern" } } };
    const config = { tools: [{ functionDeclarations: [{ name: "weather" }] }] };
    stage.upstream.on(`POST ${PLAIN}`, json(geminiChunk([call], { input: 30, output: 6 })));
    stage.upstream.on(`POST ${STREAM}`, sse([JSON.stringify(geminiChunk([call], { input: 31, output: 7 }))]));
    const plain = await client().models.generateContent({ ...ASK, config });
    expect(plain.functionCalls).toEqual([call.functionCall]);
    const [streamed] = await Array.fromAsync(await client().models.generateContentStream({ ...ASK, config }));
    expect(streamed?.functionCalls).toEqual([call.functionCall]);
    expect(await stage.takeRows(2)).toMatchObject([
      { ...ROW, ...USED, input_tokens: 30, output_tokens: 6, streaming: 0 },
      { ...ROW, ...USED, input_tokens: 31, output_tokens: 7, streaming: 1 },
    ]);
  });

  test.each([
    [400, "INVALID_ARGUMENT"],
    [429, "RESOURCE_EXHAUSTED"],
    [500, "INTERNAL"],
  ])("throws the upstream's own error %d", async (status, name) => {
    const error = { code: status, message: "went wrong", status: name };
    stage.upstream.on(`POST ${PLAIN}`, json({ error }, { status, headers: [["retry-after", "1"]] }));
    const thrown = await client()
      .models.generateContent(ASK)
      .catch((failure: unknown) => failure);
    expect(thrown).toBeInstanceOf(ApiError);
    expect(thrown).toMatchObject({ status });
    expect(String(thrown)).toContain("went wrong");
    expect(await stage.takeRow()).toMatchObject({
      ...ROW,
      status_code: status,
      error: "went wrong",
      error_code: name,
      input_tokens: null,
    });
  });

  test("aborts in mid-stream: the last counts that came are kept as partial", async () => {
    const rest = createGate();
    const first = geminiChunk([{ text: "one" }], { input: 9, output: 1 }, false);
    stage.upstream.on(`POST ${STREAM}`, [
      head(200, [
        ["content-type", "text/event-stream"],
        ["transfer-encoding", "chunked"],
      ]),
      body(sseText(JSON.stringify(first))),
      wait(rest.opened),
    ]);
    const abort = new AbortController();
    const stream = await client().models.generateContentStream({ ...ASK, config: { abortSignal: abort.signal } });
    const read = async () => {
      for await (const chunk of stream) if (chunk.text === "one") abort.abort();
    };
    expect(await read().catch((failure: unknown) => failure)).toBeInstanceOf(Error);
    await stage.upstream.requests.at(-1)?.disconnected;
    expect(await stage.takeRow()).toMatchObject({
      ...ROW,
      status_code: 200,
      state: "aborted",
      ended_by: "client",
      input_tokens: 9,
      usage_source: "partial",
      streaming: 1,
    });
    rest.open();
  });
});
