/** @module One list of models with the real program: switched on by the configuration, read by an SDK, told by the row and the simulator. */

import Anthropic from "@anthropic-ai/sdk";
import { afterAll, beforeAll, expect, test } from "bun:test";
import OpenAI from "openai";

import { json } from "../support/step.ts";
import { createStage, type Stage } from "./stage.ts";

let stage: Stage;
beforeAll(async () => {
  stage = await createStage({
    env: { GROQ_KEY: "gsk-own-0123456789abcdef" },
    config: {
      merged_models: true,
      merged_models_timeout: "2s",
      routes: [
        { model: "llama-*", upstream: "groq" },
        { model: "smart", upstream: "anthropic", upstream_model: "claude-x" },
      ],
    },
    providers: { groq: { auth: { mode: "bearer", env: "GROQ_KEY" } } },
  });
  stage.upstream.on(/models/, ({ request }) => {
    const key = request.header("authorization");
    if (request.header("anthropic-version") !== undefined) {
      return json({
        data: [{ type: "model", id: "claude-x", display_name: "Claude X", created_at: "2026-01-02T00:00:00Z" }],
      });
    }
    if (key === "Bearer gsk-own-0123456789abcdef")
      return json({ data: [{ id: "llama-x", created: 7, owned_by: "Meta" }] });
    return json({ data: [{ id: "gpt-x", created: 8, owned_by: "openai" }, { id: "llama-of-openai" }] });
  });
});
afterAll(() => stage[Symbol.asyncDispose]());

test("the OpenAI SDK reads one list; the row is ours, with an attempt for each upstream", async () => {
  const client = new OpenAI({ baseURL: `${stage.url}/v1`, apiKey: "sk-client-0123456789abcdef", maxRetries: 0 });
  const found: Record<string, string> = {};
  for await (const { id, owned_by: owner } of client.models.list()) found[id] = owner;
  expect(found).toEqual({ smart: "anthropic", "gpt-x": "openai", "llama-x": "Meta" });
  const row = await stage.takeRow();
  expect(row).toMatchObject({ provider: "modeltap", status_code: 200, state: "completed" });
  const detail = await stage.detail(row);
  expect(detail.attempts.map((attempt) => `${attempt.upstream} ${attempt.status_code}`).sort()).toEqual([
    "anthropic 200",
    "groq 200",
    "openai 200",
  ]);
  expect(detail.edits).toContainEqual(expect.objectContaining({ kind: "models_merged" }));
  const kept = new TextDecoder().decode(await stage.recordedBody(row, "response"));
  expect(kept).toContain('"llama-x"');
  expect(kept).not.toContain("llama-of-openai");
  const keys = stage.upstream.requests.map((request) => request.header("authorization") ?? "none").sort();
  expect(keys).toEqual(["Bearer gsk-own-0123456789abcdef", "Bearer sk-client-0123456789abcdef", "none"]);
  expect(await stage.modeltap.stats("/stats/summary")).toMatchObject({ totals: { total_requests: 0 } });
});

test("the Anthropic SDK reads it in its shape", async () => {
  const client = new Anthropic({ baseURL: stage.url, apiKey: "sk-ant-client-0123456789", maxRetries: 0 });
  const names: string[] = [];
  for await (const { id, display_name: name } of client.models.list()) names.push(`${id} ${name}`);
  expect(names).toEqual(["smart Claude X", "claude-x Claude X", "llama-x llama-x"]);
  await stage.takeRow();
});

test("the simulator tells whom it asks", async () => {
  expect(await stage.modeltap.stats("/admin/api/routes/simulate?method=GET&path=/v1/models")).toMatchObject({
    rule: "merged-models",
    targets: [{ upstream: "openai", credential: "client" }, {}, {}],
  });
});
