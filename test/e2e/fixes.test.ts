/** @module A compatibility fix through the whole program: from config.toml over the answer to the row and both bodies. */

import { afterAll, beforeAll, expect, test } from "bun:test";
import OpenAI from "openai";

import { block, chunk, DONE, READ_FILE, reasoning, REQUEST } from "../fix/play.ts";
import { json, sse } from "../support/step.ts";
import { createStage, type Stage } from "./stage.ts";

const FIX = "qwen-tagged-tool-call-rewrite";
const toData = (event: string): string => event.slice("data: ".length).trimEnd();
const DATA = [reasoning(block("/a")), chunk({}, "stop"), DONE].map(toData);

let stage: Stage;
beforeAll(async () => {
  stage = await createStage({
    config: {
      upstream: "vllm",
      routes: [
        { model: "qwen3", upstream: "vllm", fixes: [FIX] },
        { model: "qwen3-unseen", upstream: "lmstudio", fixes: [FIX] },
      ],
    },
    providers: { vllm: { include_usage: "never" }, lmstudio: { include_usage: "never", capture: "metadata" } },
  });
  stage.upstream.on(/./, sse(DATA));
});
afterAll(() => stage[Symbol.asyncDispose]());

async function ask(model: string, messages: readonly object[] = []): Promise<string> {
  const response = await fetch(`${stage.url}/v1/chat/completions`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ ...REQUEST, model, messages, stream: true }),
  });
  return response.text();
}

const text = (bytes: Uint8Array | undefined) => (bytes === undefined ? undefined : new TextDecoder().decode(bytes));

test("the route's answers are fixed; row and page say so, and both answers are kept", async () => {
  const got = await ask("qwen3");
  const sent = DATA.map((data) => `data: ${data}\n\n`).join("");
  const row = await stage.takeRow();
  expect(row.fix).toBe("applied");
  expect(text(await stage.recordedBody(row, "response"))).toBe(sent);
  expect(text(await stage.recordedBody(row, "client-response"))).toBe(got);
  const detail = await stage.detail(row);
  expect(detail.fixes).toMatchObject({
    configured: [FIX],
    applied: [{ fix: FIX, function: "read_file" }],
    warnings: [],
  });
  expect(got).toContain(detail.fixes?.applied[0]?.id ?? "no id");
  expect(detail.client_response).toMatchObject({ wire_bytes: got.length, content_type: "text/event-stream" });
  expect(detail.edits).toContainEqual({ side: "response", kind: "fix_applied", detail: FIX });
  expect(detail.finish_reason).toBe("tool_calls");
  expect(detail.turn.tool_calls).toEqual([{ name: "read_file", id: detail.fixes?.applied[0]?.id ?? "none" }]);
});

test.each(["full", "metadata"])(
  "the next turn, which brings the call back, is of the same session (%s)",
  async (capture) => {
    const history: object[] = [{ role: "user", content: `read it, ${capture}` }];
    const model = capture === "full" ? "qwen3" : "qwen3-unseen";
    await ask(model, history);
    const first = await stage.takeRow();
    const [call] = (await stage.detail(first)).turn.tool_calls;
    const called = { name: call?.name, arguments: '{"filePath":"/a"}' };
    history.push(
      { role: "assistant", content: null, tool_calls: [{ id: call?.id, type: "function", function: called }] },
      { role: "tool", tool_call_id: call?.id, content: "text of the file" },
    );
    await ask(model, history);
    const second = await stage.takeRow();
    expect(second.session_id).toBe(first.session_id as string);
    expect((await stage.detail(second)).turn.tool_results).toMatchObject([{ id: call?.id }]);
  },
);

test.each(["stream", "JSON"])("the OpenAI SDK reads two calls out of what was text (%s)", async (form) => {
  const isStream = form === "stream";
  const text = `${block("/a")}\n${block("/b", "<parameter=startLine>\n3\n</parameter>\n")}`;
  // Each delta has a single character: every tag is split everywhere.
  const events = [
    chunk({ role: "assistant" }),
    ...Array.from(text, (character) => reasoning(character)),
    chunk({}, "stop"),
    DONE,
  ].map(toData);
  const message = { role: "assistant", content: null, reasoning_content: text };
  const whole = { id: "c", object: "chat.completion", created: 1, model: "qwen3" };
  stage.upstream.on(
    /./,
    isStream ? sse(events) : json({ ...whole, choices: [{ index: 0, message, finish_reason: "stop" }] }),
  );
  const client = new OpenAI({ baseURL: `${stage.url}/v1`, apiKey: "sk-client-0123456789", maxRetries: 0 });
  const tools = [{ ...READ_FILE, type: "function" as const }];
  const asked = { model: "qwen3", tools, messages: [{ role: "user" as const, content: "read both" }] };
  const answer = isStream
    ? await client.chat.completions.stream(asked).finalChatCompletion()
    : await client.chat.completions.create(asked);
  const [choice] = answer.choices;
  expect(choice?.finish_reason).toBe("tool_calls");
  const calls = (choice?.message.tool_calls ?? []).flatMap((call) => (call.type === "function" ? [call] : []));
  expect(calls.map((call) => [call.function.name, call.function.arguments])).toEqual([
    ["read_file", '{"filePath":"/a"}'],
    ["read_file", '{"filePath":"/b","startLine":3}'],
  ]);
  expect(new Set(calls.map(({ id }) => id)).size).toBe(2);
  const detail = await stage.detail(await stage.takeRow());
  expect(detail.turn.tool_calls.map(({ id }) => id)).toEqual(calls.map(({ id }) => id));
  stage.upstream.on(/./, sse(DATA));
});

test("other models pass as they came", async () => {
  expect(await ask("llama")).toBe(DATA.map((data) => `data: ${data}\n\n`).join(""));
  const row = await stage.takeRow();
  expect(row.fix).toBeNull();
  const detail = await stage.detail(row);
  expect([detail.fixes, detail.client_response]).toEqual([null, null]);
  expect(await stage.recordedBody(row, "client-response")).toBeUndefined();
});
