/** @module What a route changes in a request, by config.toml: the same in live traffic, on the row, and as the simulator tells it. */

import { afterAll, beforeAll, describe, expect, test } from "bun:test";

import { json } from "../support/step.ts";
import { createStage, type Stage } from "./stage.ts";

let stage: Stage;
beforeAll(async () => {
  const entry = { id: "listed", type: "anthropic", paths: ["/v1/listed"], upstreamBaseUrl: "http://127.0.0.1:9" };
  stage = await createStage({
    config: {
      routes: [
        { model: "z-ai/*", upstream: "openrouter" },
        { model: "pinned", upstream: "openrouter", upstream_model: "qwen/q@chutes/fp8" },
        { model: "moonshotai/*", upstream: "huggingface" },
        { model: "kimi", upstream: "huggingface", upstream_model: "moonshotai/Kimi-K2.5:together" },
        { model: "openai/*", upstream: "openai", strip_namespace: true },
        { model: "anthropic/*", upstream: "anthropic", strip_namespace: true },
        { model: "meta/*", upstream: "groq", strip_namespace: true },
      ],
      providers_json: JSON.stringify({ providers: [entry] }),
    },
    providers: { mine: { type: "anthropic" } },
  });
  stage.upstream.on(/./, json({ ok: true }));
});
afterAll(() => stage[Symbol.asyncDispose]());

const CHAT = "/v1/chat/completions";

describe.each([
  [
    "an endpoint of OpenRouter in the requested name",
    "z-ai/glm@deepinfra/fp8",
    "openrouter",
    "z-ai/glm",
    "deepinfra/fp8",
  ],
  ["an endpoint of OpenRouter in the route", "pinned", "openrouter", "qwen/q", "chutes/fp8"],
  ["a variant of OpenRouter is no endpoint", "z-ai/glm:free", "openrouter", "z-ai/glm:free", undefined],
  [
    "a suffix of Hugging Face passes",
    "moonshotai/Kimi-K2.5:novita",
    "huggingface",
    "moonshotai/Kimi-K2.5:novita",
    undefined,
  ],
  ["a suffix of Hugging Face in the route", "kimi", "huggingface", "moonshotai/Kimi-K2.5:together", undefined],
  ["the name space openai/", "openai/gpt-5", "openai", "gpt-5", undefined],
  ["the name space anthropic/", "anthropic/claude-x", "anthropic", "claude-x", undefined],
  ["any other name space stays", "meta/llama", "groq", "meta/llama", undefined],
] as const)("%s", (_name, model, upstream, sent, endpoint) => {
  test("in live traffic, and on the row", async () => {
    const body = { model, provider: { sort: "price" } };
    await fetch(`${stage.url}${CHAT}`, { method: "POST", body: JSON.stringify(body) });
    const received: unknown = JSON.parse((await stage.upstream.nextWhole()).text);
    const pin = endpoint === undefined ? {} : { order: [endpoint], allow_fallbacks: false };
    expect(received).toEqual({ model: sent, provider: { sort: "price", ...pin } });
    const row = await stage.takeRow();
    const detail = await stage.detail(row);
    expect([row.upstream, detail.request_model]).toEqual([upstream, model]);
    const kinds = detail.edits.map(({ kind }) => kind);
    expect([kinds.includes("endpoint_pinned"), kinds.includes("model_rewritten")]).toEqual([
      endpoint !== undefined,
      sent !== model,
    ]);
  });

  test("in the simulator", async () => {
    const query = new URLSearchParams({ path: CHAT, model });
    expect(await stage.modeltap.stats(`/admin/api/routes/simulate?${query.toString()}`)).toMatchObject({
      rule: "model-route",
      targets: [{ upstream, model: sent === model ? null : sent, endpoint: endpoint ?? null }],
    });
  });
});

describe("anthropic-version is a default of anthropic-type providers of one's own alone", () => {
  test.each([
    ["/mine/v1/messages", undefined, "2023-06-01"],
    ["/mine/v1/messages", "2099-01-01", "2099-01-01"],
    ["/anthropic/v1/messages", undefined, undefined],
    ["/openai/v1/messages", undefined, undefined],
  ] as const)("%s with %s", async (path, given, expected) => {
    const headers: Record<string, string> = given === undefined ? {} : { "anthropic-version": given };
    await fetch(`${stage.url}${path}`, { method: "POST", headers, body: "{}" });
    expect((await stage.upstream.nextWhole()).header("anthropic-version")).toBe(expected);
    const { edits } = await stage.detail(await stage.takeRow());
    const isDefault = given === undefined && expected !== undefined;
    expect(edits.some(({ kind, detail }) => kind === "header_defaulted" && detail === "anthropic-version")).toBe(
      isDefault,
    );

    const query = new URLSearchParams({
      path,
      ...(given === undefined ? {} : { header: `anthropic-version:${given}` }),
    });
    // The simulator's own answer, of which one member is looked at.
    const told = (await stage.modeltap.stats(`/admin/api/routes/simulate?${query.toString()}`)) as {
      readonly targets: readonly { readonly edits: readonly string[] }[];
    };
    expect(told.targets[0]?.edits.includes("header_defaulted anthropic-version")).toBe(isDefault);
  });

  test("and of those of providers.json", async () => {
    expect(await stage.modeltap.stats("/admin/api/routes/simulate?path=/v1/listed")).toMatchObject({
      targets: [{ upstream: "listed", edits: ["header_defaulted anthropic-version"] }],
    });
  });
});
