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
    config: { upstream: "vllm", routes: [{ model: "qwen3", upstream: "vllm", fixes: [FIX] }] },
    providers: { vllm: { include_usage: "never" } },
  });
  stage.upstream.on(/./, sse(DATA));
});
afterAll(() => stage[Symbol.asyncDispose]());

async function ask(model: string): Promise<string> {
  const response = await fetch(`${stage.url}/v1/chat/completions`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ ...REQUEST, model, stream: true }),
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
  // What is read of the answer is what the upstream sent.
  expect(detail.finish_reason).toBe("stop");
});

test("other models pass as they came", async () => {
  expect(await ask("llama")).toBe(DATA.map((data) => `data: ${data}\n\n`).join(""));
  const row = await stage.takeRow();
  expect(row.fix).toBeNull();
  const detail = await stage.detail(row);
  expect([detail.fixes, detail.client_response]).toEqual([null, null]);
  expect(await stage.recordedBody(row, "client-response")).toBeUndefined();
});
