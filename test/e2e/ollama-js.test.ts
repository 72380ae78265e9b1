import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { Ollama } from "ollama";

import { createGate } from "../support/gate.ts";
import { body, head, json, wait } from "../support/step.ts";
import { ollamaLines, ollamaStream } from "./answers.ts";
import { createStage, type Stage } from "./stage.ts";

let stage: Stage;
beforeAll(async () => {
  stage = await createStage();
});
afterAll(() => stage[Symbol.asyncDispose]());

const ASK = { model: "qwen3:8b", messages: [{ role: "user", content: "hi" }] };
const ROW = { provider: "ollama", endpoint: "/api/chat", dialect: "ollama", kind: "generation", model: "qwen3:8b" };
const USED = { usage_source: "reported", state: "completed", ended_by: "upstream", status_code: 200, cost_usd: 0 };

const client = (base = "/ollama") => new Ollama({ host: `${stage.url}${base}` });

describe("the Ollama client", () => {
  test.each(["/ollama", ""])("reads a plain answer under the host '%s'", async (base) => {
    const [line] = ollamaLines([], { input: 11, output: 4 });
    stage.upstream.on("POST /api/chat", json({ ...line, message: { role: "assistant", content: "Hello" } }));
    expect((await client(base).chat(ASK)).message.content).toBe("Hello");
    expect(await stage.takeRow()).toMatchObject({ ...ROW, ...USED, input_tokens: 11, output_tokens: 4, streaming: 0 });
  });

  test("reads a stream", async () => {
    stage.upstream.on("POST /api/chat", ollamaStream(["Hé", "llo"], { input: 12, output: 5 }));
    const lines = await Array.fromAsync(await client().chat({ ...ASK, stream: true }));
    expect(lines.map((line) => line.message.content).join("")).toBe("Héllo");
    expect(lines.at(-1)?.eval_count).toBe(5);
    expect(await stage.takeRow()).toMatchObject({ ...ROW, ...USED, input_tokens: 12, output_tokens: 5, streaming: 1 });
  });

  test("gets tool calls", async () => {
    const calls = [{ function: { name: "weather", arguments: { city: "Bern" } } }];
    const [line] = ollamaLines([], { input: 13, output: 6 });
    stage.upstream.on(
      "POST /api/chat",
      json({ ...line, message: { role: "assistant", content: "", tool_calls: calls } }),
    );
    const tools = [{ type: "function", function: { name: "weather", description: "", parameters: {} } }];
    expect((await client().chat({ ...ASK, tools })).message.tool_calls).toEqual(calls);
    expect(await stage.takeRow()).toMatchObject({ ...ROW, ...USED, input_tokens: 13, output_tokens: 6 });
  });

  test.each([400, 404, 429, 500])("throws the upstream's own error %d", async (status) => {
    stage.upstream.on("POST /api/chat", json({ error: "went wrong" }, { status, headers: [["retry-after", "1"]] }));
    const error = await client()
      .chat(ASK)
      .catch((failure: unknown) => failure);
    expect(error).toMatchObject({ name: "ResponseError", status_code: status, error: "went wrong" });
    expect(await stage.takeRow()).toMatchObject({
      ...ROW,
      status_code: status,
      error: "went wrong",
      input_tokens: null,
      usage_source: "none",
    });
  });

  test("aborts in mid-stream", async () => {
    const rest = createGate();
    stage.upstream.on("POST /api/chat", [
      head(200, [
        ["content-type", "application/x-ndjson"],
        ["transfer-encoding", "chunked"],
      ]),
      body(`${JSON.stringify(ollamaLines(["one"], { input: 1, output: 1 })[0])}\n`),
      wait(rest.opened),
    ]);
    const stream = await client().chat({ ...ASK, stream: true });
    const read = async () => {
      for await (const line of stream) if (line.message.content === "one") stream.abort();
    };
    expect(await read().catch((failure: unknown) => failure)).toMatchObject({ name: "AbortError" });
    await stage.upstream.requests.at(-1)?.disconnected;
    expect(await stage.takeRow()).toMatchObject({
      ...ROW,
      status_code: 200,
      state: "aborted",
      ended_by: "client",
      input_tokens: null,
      streaming: 1,
    });
    rest.open();
  });

  test("lists, shows and embeds", async () => {
    stage.upstream.on("GET /api/tags", json({ models: [{ name: "qwen3:8b" }] }));
    stage.upstream.on("POST /api/show", json({ details: { family: "qwen3" } }));
    stage.upstream.on("POST /api/embed", json({ model: "bge-m3", embeddings: [[1, 2]], prompt_eval_count: 3 }));
    expect((await client("").list()).models[0]?.name).toBe("qwen3:8b");
    expect((await client().show({ model: "qwen3:8b" })).details.family).toBe("qwen3");
    expect((await client().embed({ model: "bge-m3", input: "x" })).embeddings).toEqual([[1, 2]]);
    expect(await stage.takeRows(3)).toMatchObject([
      { endpoint: "/api/tags", kind: "other", input_tokens: null },
      { endpoint: "/api/show", kind: "other", input_tokens: null },
      { endpoint: "/api/embed", kind: "generation", model: "bge-m3", input_tokens: 3, cost_usd: 0 },
    ]);
  });
});
