/** @module Framing is told from the bytes, bounds hold, and nothing a provider sends makes a reader throw. */

import { describe, expect, test } from "bun:test";
import fc from "fast-check";

import { DIALECTS, findDialect } from "../../src/dialect/registry.ts";
import { EVENT_STREAM, readAnswer, toContext, toSse } from "../support/reading.ts";
import { findNonsense } from "../support/traffic-check.ts";

const usage = { prompt_tokens: 7, completion_tokens: 3, total_tokens: 10 };
const completion = { id: "c", model: "m", choices: [{ message: { content: "hi" }, finish_reason: "stop" }], usage };
const counts = { inputTokens: 7, outputTokens: 3 };

describe("framing", () => {
  test.each([
    ["JSON though a stream was asked for", JSON.stringify(completion), "text/event-stream"],
    ["JSON with a byte order mark", `\u{feff}${JSON.stringify(completion)}`, "application/json"],
    [
      "JSON behind the blanks that keep a connection alive",
      `${"\n ".repeat(5000)}${JSON.stringify(completion)}`,
      "application/json",
    ],
    ["JSON with a newline at its end", `${JSON.stringify(completion)}\n`, "application/json"],
    ["pretty JSON", JSON.stringify(completion, null, 2), undefined],
    [
      "JSON padded before its closing brace",
      JSON.stringify(completion).replace(/\}$/, `${" ".repeat(3000)}}`),
      "application/json",
    ],
    ["events though JSON was announced", toSse(completion, "[DONE]"), "application/json"],
    ["events without a content type", `: comment\n\n${toSse(completion)}`, undefined],
    [
      "events without blank lines between them",
      `data: {"choices":[]}\ndata: ${JSON.stringify(completion)}\n`,
      "text/event-stream",
    ],
    ["events with CRLF", toSse(completion).replaceAll("\n", "\r\n"), "text/event-stream"],
    ["lines of JSON", `{"choices":[]}\n${JSON.stringify(completion)}\n`, "application/json"],
    ["an array of chunks", `[{"choices":[]}\n,\r\n${JSON.stringify(completion)}]`, "application/json"],
  ])("%s", (_claim, answer, responseContentType) => {
    const reading = readAnswer(answer, { responseContentType });
    expect(reading).toMatchObject({
      usage: counts,
      usageSource: "reported",
      complete: true,
      model: "m",
      finishReason: "stop",
    });
    const bytes = new TextEncoder().encode(answer);
    const context = toContext({ responseContentType });
    const reader = findDialect(context).createReader(context);
    for (const byte of bytes) reader.feed(Uint8Array.of(byte));
    expect(reader.end({ truncated: false })).toEqual(reading);
  });

  test("text and sound are no errors under a good status", () => {
    const speech = { path: "/v1/audio/speech", responseContentType: "audio/mpeg" };
    expect(
      readAnswer(
        Uint8Array.from({ length: 5000 }, (_, at) => 255 - (at % 7)),
        speech,
      ),
    ).toMatchObject({ complete: true, usageSource: "none" });
    expect(
      readAnswer("1\n00:00:01", { path: "/v1/audio/transcriptions", responseContentType: "text/plain" }).error,
    ).toBeUndefined();
  });

  test("no answer at all is nothing", () => {
    expect(readAnswer("")).toEqual({
      model: "asked-model",
      requestModel: "asked-model",
      usageSource: "none",
      extraUsage: [],
      billable: true,
      complete: false,
      warnings: [],
    });
  });
});

describe("bounds", () => {
  test("a JSON answer over 32 MiB is read from its ends, and says so", () => {
    const context = toContext();
    const reader = findDialect(context).createReader(context);
    const feed = (text: string) => reader.feed(new TextEncoder().encode(text));
    feed('{"model":"m","data":"');
    const block = new Uint8Array(1024 * 1024).fill(120);
    for (let mebibytes = 0; mebibytes < 40; mebibytes++) reader.feed(block);
    feed(`","usage":${JSON.stringify(usage)}}`);
    const reading = reader.end({ truncated: false });
    expect(reading).toMatchObject({ model: "m", usage: counts, usageSource: "reported", complete: true });
    expect(reading.warnings).toEqual(["the answer is too long to parse: only its two ends were read"]);
  });

  test("an event over 16 MiB is skipped, and what follows is read", () => {
    const context = toContext(EVENT_STREAM);
    const reader = findDialect(context).createReader(context);
    reader.feed(new TextEncoder().encode("data: "));
    const block = new Uint8Array(1024 * 1024).fill(120);
    for (let mebibytes = 0; mebibytes < 17; mebibytes++) reader.feed(block);
    reader.feed(new TextEncoder().encode(`\n\n${toSse(completion)}`));
    expect(reader.end({ truncated: false })).toMatchObject({
      usage: counts,
      warnings: ["an event is too long and was skipped"],
    });
  });

  test("broken JSON inside a stream is a warning, and what follows is read", () => {
    const reading = readAnswer(`data: {"choices":[\n\n${toSse(completion)}`, EVENT_STREAM);
    expect(reading).toMatchObject({ usage: counts, warnings: ["an event is no JSON"] });
  });

  test("a cut JSON answer gives up whole members as partial", () => {
    const text = JSON.stringify({ model: "m", usage, choices: [{ message: { content: "long" } }] });
    expect(readAnswer(text.slice(0, -10), {}, true)).toMatchObject({
      model: "m",
      usage: counts,
      usageSource: "partial",
      complete: false,
    });
    expect(readAnswer(text.slice(0, 30), {}, true)).toMatchObject({ usageSource: "none", complete: false });
  });

  test("deep nesting does no harm", () => {
    for (const part of ["[", '{"usage":', '{"error":', '{"message":', '{"a":[']) {
      const deep = part.repeat(100_000);
      for (const path of ["/v1/chat/completions", "/anything", "/model/x/invoke"]) {
        expect(() => readAnswer(deep, { path })).not.toThrow();
        expect(() => readAnswer(`data: ${deep}\n\n`, { path, ...EVENT_STREAM, statusCode: 500 })).not.toThrow();
      }
    }
    const closed = `${'{"message":'.repeat(4000)}1${"}".repeat(4000)}`;
    expect(() => readAnswer(closed, { statusCode: 500 })).not.toThrow();
    expect(() => readAnswer(`${'{"usage":'.repeat(4000)}1${"}".repeat(4000)}`, { path: "/x" })).not.toThrow();
  });
});

describe("output is seen when it comes", () => {
  test("in a JSON answer before its end", () => {
    const reader = findDialect(toContext()).createReader(toContext());
    reader.feed(new TextEncoder().encode('{"id":"c","choices":[{"message":{"cont'));
    expect(reader.hasOutput).toBe(false);
    reader.feed(new TextEncoder().encode('ent":"h'));
    expect(reader.hasOutput).toBe(true);
  });

  test("never in an error", () => {
    const context = toContext({ statusCode: 500 });
    const reader = findDialect(context).createReader(context);
    reader.feed(new TextEncoder().encode('{"content":"x"}'));
    expect(reader.hasOutput).toBe(false);
  });
});

describe("any bytes whatsoever", () => {
  const NAMES = [
    ..."usage usageMetadata choices delta message content type error meta billed_units tokens input_tokens prompt_tokens".split(
      " ",
    ),
    ..."completion_tokens total_tokens output_tokens cache_creation iterations candidates promptTokenCount parts response".split(
      " ",
    ),
    ..."eval_count prompt_eval_count done timings predicted_n metadata inputTokens outputTokens results embeddings bytes".split(
      " ",
    ),
    ..."predictions statistics server_tool_use cost event_type tool_usage image_gen model id service_tier finish_reason".split(
      " ",
    ),
    "amazon-bedrock-invocationMetrics",
    "__proto__",
  ];
  const TYPES = [
    "message_start",
    "message_delta",
    "response.completed",
    "response.x.delta",
    "message-end",
    "stream-end",
    "error",
    "compaction",
  ];
  const leaf = fc.oneof(
    fc.constantFrom(null, true, -1, 0, 1, 7.5, 1e308, -0, 2 ** 53, "12", "", ...TYPES),
    fc.integer(),
    fc.double({ noNaN: true }),
  );
  const { value } = fc.letrec<{ value: unknown }>((tie) => ({
    value: fc.oneof(
      { depthSize: "medium" },
      leaf,
      fc.dictionary(fc.constantFrom(...NAMES), tie("value"), { maxKeys: 6 }),
      fc.array(tie("value"), { maxLength: 3 }),
    ),
  }));
  const PATHS = [
    "/v1/chat/completions",
    "/v1/messages",
    "/v1/responses",
    "/v1beta/models/g:generateContent",
    "/v1beta/interactions",
  ].concat([
    "/api/chat",
    "/model/x/invoke",
    "/model/x/converse",
    "/v2/chat",
    "/v1/rerank",
    "/v1/embeddings",
    "/v1/messages/count_tokens",
    "/x",
  ]);

  test("never make a reader throw or count nonsense", () => {
    expect(
      new Set(PATHS.map((path) => findDialect(toContext({ path, requestBody: { message: "" } })).id)).size,
    ).toBeGreaterThan(DIALECTS.length - 6);
    const framing = fc.constantFrom("json", "sse", "ndjson", "array", "cut");
    fc.assert(
      fc.property(
        fc.array(value, { minLength: 1, maxLength: 5 }),
        fc.constantFrom(...PATHS),
        framing,
        (values, path, how) => {
          const texts = values.map((each) => JSON.stringify(each));
          const answer =
            how === "sse"
              ? texts.map((each) => `data: ${each}\n\n`).join("")
              : how === "ndjson"
                ? `${texts.join("\n")}\n`
                : how === "array"
                  ? `[${texts.join()}]`
                  : (texts[0] ?? "").slice(0, how === "cut" ? -1 : undefined);
          for (const statusCode of [200, 400]) {
            const reading = readAnswer(answer, { path, statusCode, requestBody: { message: "" } }, how === "cut");
            expect(findNonsense(reading)).toEqual([]);
          }
        },
      ),
      { seed: 11, numRuns: 1500 },
    );
  });

  test("random bytes do no harm either", () => {
    const contentTypes = ["application/json", "text/event-stream", "application/vnd.amazon.eventstream", undefined];
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), fc.constantFrom(...contentTypes), (bytes, responseContentType) => {
        expect(findNonsense(readAnswer(bytes, { responseContentType, path: "/model/x/converse-stream" }))).toEqual([]);
      }),
      { seed: 12, numRuns: 500 },
    );
  });
});
