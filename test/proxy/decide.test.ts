import { expect, test } from "bun:test";

import { CHAT, type DecisionCase, describeDecisions } from "../support/decisions.ts";
import { startProxy } from "../support/proxy.ts";
import { toTestRoute, toTestTable } from "../support/route-table.ts";
import * as step from "../support/step.ts";
import { createUpstream } from "../support/upstream.ts";

const toTable = (url: string) =>
  toTestTable(
    url,
    (get) => ({
      routes: [
        toTestRoute("exact", [{ upstream: get("groq") }]),
        toTestRoute("renamed", [{ upstream: get("groq"), model: "llama-é" }]),
        toTestRoute("pre-*", [{ upstream: get("xai") }]),
        toTestRoute("pre-long-*", [{ upstream: get("mistral") }]),
        toTestRoute("pre-exact", [{ upstream: get("deepseek") }]),
        toTestRoute("pre-first*", [{ upstream: get("together") }], { priority: 5 }),
        toTestRoute("off", [{ upstream: get("groq") }], { active: false }),
        toTestRoute("openai/*", [{ upstream: get("openai") }], { stripNamespace: true }),
        toTestRoute("anthropic/*", [{ upstream: get("anthropic") }]),
        toTestRoute("or-pin", [{ upstream: get("openrouter"), model: "z-ai/glm@deepinfra/fp8" }]),
        toTestRoute("qwen/q:novita", [{ upstream: get("openrouter"), model: "qwen/q" }]),
        toTestRoute("qwen/q@chutes/fp8", [{ upstream: get("openrouter") }]),
        toTestRoute("z-ai/*", [{ upstream: get("openrouter") }]),
        toTestRoute("anthropic/plain-*", [{ upstream: get("anthropic") }], { stripNamespace: true }),
        toTestRoute("moved", [{ upstream: { ...get("together"), rootV1: "/api/v2" } }]),
        toTestRoute("hf-*", [{ upstream: get("huggingface") }]),
        toTestRoute("gemini-*", [{ upstream: get("vertex"), model: "gemini new" }]),
        toTestRoute("claude-*", [{ upstream: get("openrouter"), model: "anthropic/claude" }]),
        toTestRoute("ll*", [{ upstream: get("groq") }, { upstream: get("ollama-cloud"), model: "ll-cloud" }]),
      ],
      pathRules: [
        { upstream: get("custom"), paths: new Set(["/v1/chat/completions"]), models: ["glm"] },
        { upstream: get("cohere"), paths: new Set(["/v1/rerank"]), models: [] },
      ],
    }),
    { upstreamPath: { from: new Set(["/v1/chat/completions"]), to: "/paas/v4/chat" } },
  );

const CASES: readonly DecisionCase[] = [
  { name: "no rule", body: { model: "gpt-x" }, rule: "default", to: `/openai${CHAT}` },
  { name: "no model", body: { input: 1 }, rule: "default", to: `/openai${CHAT}` },
  { name: "an exact route", body: { model: "exact" }, rule: "model-route", to: `/groq${CHAT}` },
  {
    name: "a route that sends another name",
    body: { a: 1.5, model: "renamed", z: "é" },
    rule: "model-route",
    to: `/groq${CHAT}`,
    sent: { a: 1.5, model: "llama-é", z: "é" },
  },
  { name: "a prefix keeps the requested name", body: { model: "pre-x" }, rule: "model-route", to: `/xai${CHAT}` },
  { name: "the longer prefix first", body: { model: "pre-long-x" }, rule: "model-route", to: `/mistral${CHAT}` },
  { name: "exact before prefix", body: { model: "pre-exact" }, rule: "model-route", to: `/deepseek${CHAT}` },
  { name: "priority before specificity", body: { model: "pre-first-x" }, rule: "model-route", to: `/xai${CHAT}` },
  { name: "an inactive route", body: { model: "off" }, rule: "default", to: `/openai${CHAT}` },
  {
    name: "a name space that the route strips",
    body: { model: "OpenAI/gpt-x" },
    rule: "default",
    to: `/openai${CHAT}`,
  },
  {
    name: "a name space in lower case",
    body: { model: "openai/gpt-x" },
    rule: "model-route",
    to: `/openai${CHAT}`,
    sent: { model: "gpt-x" },
  },
  { name: "a name space that stays", body: { model: "anthropic/c" }, rule: "model-route", to: `/anthropic${CHAT}` },
  {
    name: "an OpenRouter endpoint",
    body: { model: "or-pin", provider: { sort: "price", order: ["x"] } },
    rule: "model-route",
    to: `/openrouter${CHAT}`,
    sent: {
      model: "z-ai/glm",
      provider: { sort: "price", order: ["deepinfra/fp8"], allow_fallbacks: false },
    },
  },
  {
    name: "an OpenRouter endpoint behind a colon",
    body: { model: "qwen/q:novita" },
    rule: "model-route",
    to: `/openrouter${CHAT}`,
    sent: { provider: { order: ["novita"], allow_fallbacks: false }, model: "qwen/q" },
  },
  {
    name: "an OpenRouter endpoint in the name of the route, as of its price row",
    body: { model: "qwen/q@chutes/fp8", a: 1 },
    rule: "model-route",
    to: `/openrouter${CHAT}`,
    sent: { provider: { order: ["chutes/fp8"], allow_fallbacks: false }, model: "qwen/q", a: 1 },
  },
  {
    name: "an OpenRouter endpoint in the requested name",
    body: { model: "z-ai/glm@novita/bf16" },
    rule: "model-route",
    to: `/openrouter${CHAT}`,
    sent: { provider: { order: ["novita/bf16"], allow_fallbacks: false }, model: "z-ai/glm" },
  },
  {
    name: "no endpoint where the upstream is not OpenRouter",
    body: { model: "pre-x@chutes/fp8" },
    rule: "model-route",
    to: `/xai${CHAT}`,
  },
  {
    name: "Anthropic's name space that the route strips",
    path: "/v1/messages",
    body: { model: "anthropic/plain-c" },
    rule: "model-route",
    to: "/anthropic/v1/messages",
    sent: { model: "plain-c" },
  },
  {
    name: "an upstream whose /v1 has another path",
    body: { model: "moved" },
    rule: "model-route",
    to: "/together/api/v2/chat/completions",
  },
  {
    name: "a suffix of Hugging Face passes",
    body: { model: "hf-x:together" },
    rule: "model-route",
    to: `/huggingface${CHAT}`,
  },
  {
    name: "a model in a Gemini path",
    path: "/v1beta/models/gemini-2.5-pro:generateContent",
    body: { contents: [] },
    rule: "model-route",
    to: "/vertex/v1beta/models/gemini%20new:generateContent",
  },
  {
    name: "a model route before the path's provider",
    path: "/v1/messages",
    body: { model: "claude-x" },
    rule: "model-route",
    to: "/openrouter/v1/messages",
    sent: { model: "anthropic/claude" },
  },
  {
    name: "the path's provider",
    path: "/v1/messages",
    body: { model: "m" },
    rule: "path",
    to: "/anthropic/v1/messages",
  },
  {
    name: "the header before everything",
    headers: { "x-provider": "XAI" },
    body: { model: "exact", provider: "groq" },
    rule: "x-provider",
    to: `/xai${CHAT}`,
  },
  {
    name: "the body's provider before the model route",
    body: { provider: "mistral", model: "exact" },
    rule: "body-provider",
    to: `/mistral${CHAT}`,
    sent: { model: "exact" },
  },
  {
    name: "an unknown provider in the body is left alone",
    body: { provider: "nobody", model: "exact" },
    rule: "model-route",
    to: `/groq${CHAT}`,
  },
  {
    name: "a provider that is no text is left alone",
    body: { provider: { order: ["groq"] }, model: "gpt-x" },
    rule: "default",
    to: `/openai${CHAT}`,
  },
  {
    name: "a provider of this path and model, with its own path",
    body: { model: "glm-5" },
    rule: "path",
    to: "/custom/paas/v4/chat",
  },
  { name: "a provider of this path", path: "/v1/rerank", body: { model: "r" }, rule: "path", to: "/cohere/v1/rerank" },
  {
    name: "a prefix surface is never re-routed",
    path: "/openai/v1/chat/completions",
    headers: { "x-provider": "xai" },
    body: { model: "exact", provider: "groq" },
    rule: "prefix",
    to: `/openai${CHAT}`,
  },
  {
    name: "Ollama's own paths go to an Ollama only",
    path: "/api/chat",
    body: { model: "llama" },
    rule: "model-route",
    to: "/ollama-cloud/api/chat",
    sent: { model: "ll-cloud" },
  },
  {
    name: "Ollama without a fitting route",
    path: "/api/chat",
    body: { model: "exact" },
    rule: "path",
    to: "/ollama/api/chat",
  },
];

describeDecisions(toTable, { decided: CASES });

test("a body that cannot be read decides nothing and passes as it is", async () => {
  await using upstream = await createUpstream();
  upstream.on(/./, step.json({ ok: true }));
  await using proxy = startProxy({ baseUrl: upstream.url, options: toTable(upstream.url) });
  for (const [headers, body] of [
    [{ "content-type": "application/json", "content-encoding": "gzip" }, Bun.gzipSync('{"model":"exact"}')],
    [{ "content-type": "application/json" }, new TextEncoder().encode('["model","exact"]')],
    [{ "content-type": "multipart/form-data; boundary=x" }, new TextEncoder().encode('{"model":"exact"}')],
  ] as const) {
    await fetch(`${proxy.url}${CHAT}`, { method: "POST", headers, body });
    const received = await upstream.nextWhole();
    expect(received.body).toEqual(new Uint8Array(body));
    expect(received.target).toBe(`/openai${CHAT}`);
  }
});
