import { afterAll, beforeAll, describe, expect, test } from "bun:test";

import { sha256 } from "../support/bytes.ts";
import { createGate } from "../support/gate.ts";
import { answer, body, head, sse, sseText, wait } from "../support/step.ts";
import { chatAnswer, chatEvents, openaiError } from "./answers.ts";
import { createStage, type Stage } from "./stage.ts";

let stage: Stage;
beforeAll(async () => {
  stage = await createStage();
});
afterAll(() => stage[Symbol.asyncDispose]());

const CHAT = "POST /v1/chat/completions";
const ROW = { provider: "openai", endpoint: "/v1/chat/completions", dialect: "openai-chat", kind: "generation" };
const USED = { usage_source: "reported", state: "completed", ended_by: "upstream", status_code: 200 };

/** Runs curl as a person would; `-sS` keeps only bytes and errors. */
function curl(...args: string[]) {
  return Bun.spawn(["curl", "-sS", "--noproxy", "*", "--max-time", "10", ...args], { stdout: "pipe", stderr: "pipe" });
}

async function output(...args: string[]): Promise<string> {
  const child = curl(...args);
  const text = await new Response(child.stdout).text();
  if ((await child.exited) !== 0) throw new Error(await new Response(child.stderr).text());
  return text;
}

const ask = (more: object = {}): string[] => [
  `${stage.url}/openai/v1/chat/completions`,
  "-H",
  "content-type: application/json",
  "-H",
  "authorization: Bearer sk-test",
  "-d",
  JSON.stringify({ model: "gpt-5-mini", messages: [{ role: "user", content: "hi" }], ...more }),
];

describe("curl", () => {
  test("prints a plain answer byte for byte, tool calls and odd spacing included", async () => {
    const text =
      '{ "id":"x" ,"model":"gpt-5-mini",\n\t"choices":[],"usage":{"prompt_tokens":3,"completion_tokens":2}, "n": 1.0 }\n';
    stage.upstream.on(CHAT, answer({ body: text, contentType: "application/json", framing: "chunked", pieces: 3 }));
    expect(await output(...ask())).toBe(text);
    expect(await stage.takeRow()).toMatchObject({ ...ROW, ...USED, input_tokens: 3, output_tokens: 2, streaming: 0 });

    const call = { id: "call_1", type: "function", function: { name: "f", arguments: "{}" } };
    stage.upstream.on(CHAT, chatAnswer({ tool_calls: [call] }, { input: 4, output: 5 }));
    expect(JSON.parse(await output(...ask())).choices[0].message.tool_calls).toEqual([call]);
    expect(await stage.takeRow()).toMatchObject({ ...ROW, ...USED, input_tokens: 4, output_tokens: 5 });
  });

  test("prints a stream byte for byte", async () => {
    const events = chatEvents([{ content: "a" }, { content: "b" }], { input: 6, output: 2 });
    stage.upstream.on(CHAT, sse(events, { paceMs: 2 }));
    const asked = { stream: true, stream_options: { include_usage: true } };
    expect(await output("-N", ...ask(asked))).toBe(events.map(sseText).join(""));
    expect(await stage.takeRow()).toMatchObject({ ...ROW, ...USED, input_tokens: 6, output_tokens: 2, streaming: 1 });
  });

  test("--compressed gets what the upstream compressed", async () => {
    stage.upstream.on(CHAT, answer({ body: "{}".padStart(9000), contentType: "application/json", coding: "gzip" }));
    expect(sha256(Buffer.from(await output("--compressed", ...ask())))).toBe(sha256(Buffer.from("{}".padStart(9000))));
    expect(await stage.takeRow()).toMatchObject({ ...ROW, state: "completed", usage_source: "none" });
  });

  test.each([
    [400, "Bad Request"],
    [429, "Too Many Requests"],
    [500, "Internal Server Error"],
  ])("-i shows the status %d and the fields of the upstream's error", async (status, reason) => {
    const headers = [
      ["retry-after", "7"],
      ["x-ratelimit-remaining-tokens", "0"],
    ] as const;
    stage.upstream.on(CHAT, openaiError(status, "went wrong", { headers }));
    const text = (await output("-i", ...ask())).toLowerCase();
    expect(text).toStartWith(`http/1.1 ${status} ${reason}`.toLowerCase());
    expect(text).toContain("\r\nretry-after: 7\r\n");
    expect(text).toContain("\r\nx-ratelimit-remaining-tokens: 0\r\n");
    expect(text).toEndWith(
      `"message":"went wrong","type":"${status === 429 ? "rate_limit_error" : status < 500 ? "invalid_request_error" : "server_error"}","param":null,"code":"code_${status}"}}`,
    );
    expect(text).not.toContain("x-modeltap-error");
    expect(await stage.takeRow()).toMatchObject({
      ...ROW,
      status_code: status,
      error: "went wrong",
      input_tokens: null,
    });
  });

  test("a curl that is killed in mid-stream frees the upstream", async () => {
    const rest = createGate();
    stage.upstream.on(CHAT, [
      head(200, [
        ["content-type", "text/event-stream"],
        ["transfer-encoding", "chunked"],
      ]),
      body(sseText(chatEvents([{ content: "one" }], undefined)[0] ?? "")),
      wait(rest.opened),
    ]);
    const child = curl("-N", ...ask({ stream: true }));
    for await (const bytes of child.stdout) {
      expect(new TextDecoder().decode(bytes)).toContain("one");
      break;
    }
    child.kill("SIGKILL");
    await stage.upstream.requests.at(-1)?.disconnected;
    expect(await stage.takeRow()).toMatchObject({
      ...ROW,
      status_code: 200,
      state: "aborted",
      ended_by: "client",
      streaming: 1,
    });
    rest.open();
  });

  test("an upload with expect: 100-continue arrives whole", async () => {
    const bytes = crypto.getRandomValues(new Uint8Array(3_000_000));
    stage.upstream.on("POST /v1/files", answer({ body: "{}", contentType: "application/json" }));
    const path = stage.file("upload.bin");
    await Bun.write(path, bytes);
    const file = [
      "-H",
      "expect: 100-continue",
      "-H",
      "content-type: application/octet-stream",
      "--data-binary",
      `@${path}`,
    ];
    expect(await output(`${stage.url}/openai/v1/files`, ...file)).toBe("{}");
    expect(stage.upstream.requests.at(-1)?.sha256).toBe(sha256(bytes));
    expect(await stage.takeRow()).toMatchObject({ endpoint: "/v1/files", kind: "other", status_code: 200 });
  });
});
