/** @module A compatibility fix through the whole program: from config.toml over the answer to the row and both bodies. */

import { afterAll, beforeAll, expect, test } from "bun:test";

import { block, chunk, DONE, reasoning, REQUEST } from "../fix/play.ts";
import { sse } from "../support/step.ts";
import { createStage, type Stage } from "./stage.ts";

const FIX = "qwen-tagged-tool-call-rewrite";
const DATA = [reasoning(block("/a")), chunk({}, "stop"), DONE].map((event) => event.slice("data: ".length).trimEnd());

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

test("other models pass as they came", async () => {
  expect(await ask("llama")).toBe(DATA.map((data) => `data: ${data}\n\n`).join(""));
  const row = await stage.takeRow();
  expect(row.fix).toBeNull();
  const detail = await stage.detail(row);
  expect([detail.fixes, detail.client_response]).toEqual([null, null]);
  expect(await stage.recordedBody(row, "client-response")).toBeUndefined();
});
