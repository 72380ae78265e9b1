import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { createUsageChunkFilter, insertUsageOption, mayAskForUsage } from "../../src/proxy/include-usage.ts";

const bytes = (text: string) => new TextEncoder().encode(text);
const text = (value: Uint8Array | undefined) => (value === undefined ? undefined : new TextDecoder().decode(value));

describe("insertUsageOption", () => {
  test("inserts the option in front and leaves the client's bytes as they are", () => {
    const body = '{ "model":"m",\n "stream" : true, "n":1.0, "text":"\\u00e9 é" }';
    expect(text(insertUsageOption(bytes(body)))).toBe(`{"stream_options":{"include_usage":true},${body.slice(1)}`);
  });

  test("inserts into stream_options that lack the member", () => {
    const body = '{"stream":true,"stream_options":{"include_obfuscation":false}}';
    expect(text(insertUsageOption(bytes(body)))).toBe(
      '{"stream":true,"stream_options":{"include_usage":true,"include_obfuscation":false}}',
    );
    expect(text(insertUsageOption(bytes('{"stream":true,"stream_options": { }}')))).toBe(
      '{"stream":true,"stream_options": {"include_usage":true }}',
    );
  });

  test("finds the right stream_options behind the same words in a prompt and in a nested object", () => {
    const body =
      '{"messages":[{"content":"\\"stream_options\\":{"}],"metadata":{"stream_options":{}},"stream":true,"stream_options":{"a":1}}';
    const changed = JSON.parse(text(insertUsageOption(bytes(body))) ?? "null");
    expect(changed).toEqual({ ...JSON.parse(body), stream_options: { a: 1, include_usage: true } });
  });

  test("is not held up by the same words two hundred thousand times", () => {
    // Trying each of them would take minutes.
    const body = `{"x":[${'"stream_options",{},'.repeat(200_000)}1],"stream":true,"stream_options":{}}`;
    expect(text(insertUsageOption(bytes(body)))).toEndWith('"stream":true,"stream_options":{"include_usage":true}}');
  });

  test.each([
    ["no stream", '{"model":"m"}'],
    ["stream false", '{"stream":false}'],
    ["explicit true", '{"stream":true,"stream_options":{"include_usage":true}}'],
    ["explicit false", '{"stream":true,"stream_options":{"include_usage":false}}'],
    ["explicit null", '{"stream":true,"stream_options":null}'],
    ["the words only in a prompt", '{"messages":[{"content":"\\"stream\\":true"}]}'],
    ["an array", '[{"stream":true}]'],
    ["broken JSON", '{"stream":true'],
    ["no UTF-8", '{"stream":true,"a":"\xff'],
    ["nothing", ""],
  ])("leaves a body alone: %s", (_, body) => {
    expect(insertUsageOption(Buffer.from(body, "latin1"))).toBeUndefined();
  });

  test("changes nothing but the option, whatever else is in the body", () => {
    fc.assert(
      fc.property(fc.dictionary(fc.string(), fc.jsonValue()), (extra) => {
        delete extra["stream_options"];
        const call = { ...extra, stream: true };
        const changed: unknown = JSON.parse(text(insertUsageOption(bytes(JSON.stringify(call)))) ?? "null");
        expect(changed).toEqual(JSON.parse(JSON.stringify({ ...call, stream_options: { include_usage: true } })));
      }),
      { numRuns: 200 },
    );
  });

  test("is only for POST …/chat/completions", () => {
    const may = (method: string, path: string, fields = {}, includeUsage: "auto" | "never" = "auto") =>
      mayAskForUsage({ includeUsage }, { method, headers: new Headers(fields) }, path);
    expect(may("POST", "/v1/chat/completions")).toBe(true);
    expect(may("POST", "/openai/deployments/x/chat/completions")).toBe(true);
    expect(may("POST", "/v1/responses")).toBe(false);
    expect(may("GET", "/v1/chat/completions")).toBe(false);
    expect(may("POST", "/v1/chat/completions", { "content-encoding": "gzip" })).toBe(false);
    expect(may("POST", "/v1/chat/completions", {}, "never")).toBe(false);
  });
});

describe("createUsageChunkFilter", () => {
  const chunk = 'data: {"choices":[{"delta":{"content":"a \\"usage\\" b"}}],"usage":null}\n\n';
  const usage = 'data: {"id":"x","choices":[],"usage":{"prompt_tokens":3}}\n\n';
  const done = "data: [DONE]\n\n";

  function run(pieces: readonly Uint8Array[]): { out: string; removed: number } {
    const filter = createUsageChunkFilter();
    const out = [...pieces.map((piece) => filter.filter(piece).slice()), filter.end()];
    return { out: text(Buffer.concat(out)) ?? "", removed: filter.removed };
  }

  test("takes out the usage-only chunk at any split", () => {
    const stream = bytes(`: ping\n\n${chunk}${usage}${done}`);
    fc.assert(
      fc.property(fc.array(fc.nat(stream.length), { maxLength: 12 }), (cuts) => {
        const marks = [0, ...cuts.sort((a, b) => a - b), stream.length];
        const pieces = marks.slice(1).map((mark, index) => stream.slice(marks[index] ?? 0, mark));
        expect(run(pieces)).toEqual({ out: `: ping\n\n${chunk}${done}`, removed: 1 });
      }),
    );
  });

  test.each([
    ["usage beside a choice", 'data: {"choices":[{"delta":{}}],"usage":{"prompt_tokens":3}}\n\n'],
    [
      "empty choices without usage, as Azure sends first",
      'data: {"choices":[],"prompt_filter_results":[],"usage":null}\n\n',
    ],
    ["an error event", 'event: error\ndata: {"error":{"message":"usage choices"}}\n\n'],
    ["broken JSON", 'data: {"choices":[],"usage":{\n\n'],
    [
      "a usage chunk that tells more, as Hugging Face and llama.cpp send",
      `data: {"choices":[],"usage":{"a":1},"timings":{"prompt_n":1}}\n\ndata: [DONE]\n\n`,
    ],
    [
      "usage-only chunks that others follow, which nobody asked for",
      'data: {"choices":[],"usage":{"a":1}}\n\ndata: {"choices":[{"delta":{}}]}\n\ndata: [DONE]\n\n',
    ],
    ["an unfinished tail behind one", 'data: {"choices":[],"usage":{"a":1}}\n\ndata: {"choices":[{'],
    ["an unfinished tail", 'data: {"choices":[],"usa'],
    ["no SSE at all", '{"choices":[{}],"usage":{"a":1}}'],
  ])("passes everything else byte for byte: %s", (_, stream) => {
    expect(run([bytes(stream)])).toEqual({ out: stream, removed: 0 });
    expect(run([...bytes(stream)].map((byte) => Uint8Array.of(byte)))).toEqual({ out: stream, removed: 0 });
  });

  test("of several only the one that ends the stream is taken out, comments between or not, at any split", () => {
    const stream = bytes(`${usage}${chunk}${usage}: ping\n\n${usage}: ping\n\n${done}`);
    const expected = { out: `${usage}${chunk}: ping\n\n${usage}: ping\n\n${done}`, removed: 1 };
    expect(run([stream])).toEqual(expected);
    fc.assert(
      fc.property(fc.array(fc.nat(stream.length), { maxLength: 12 }), (cuts) => {
        const marks = [0, ...cuts.sort((a, b) => a - b), stream.length];
        const pieces = marks.slice(1).map((mark, index) => stream.slice(marks[index] ?? 0, mark));
        expect(run(pieces)).toEqual(expected);
      }),
    );
  });

  test("takes it out with CRLF line ends and as an unterminated last event", () => {
    expect(run([bytes(usage.replaceAll("\n", "\r\n") + done)])).toEqual({ out: done, removed: 1 });
    expect(run([bytes(usage.trimEnd())])).toEqual({ out: "", removed: 1 });
  });

  test("does not hold back more than a small event", () => {
    const filter = createUsageChunkFilter();
    const long = bytes(`data: ${"x".repeat(100_000)}`);
    expect(filter.filter(long).length).toBe(long.length);
    expect(text(filter.filter(bytes(`y\n\n${usage}${done}`)))).toBe(`y\n\n${done}`);
  });

  test("hands on whole events without copying", () => {
    const piece = bytes(chunk);
    expect(createUsageChunkFilter().filter(piece)).toBe(piece);
  });
});
