/** @module Which upstreams a list of models is made of, and that it names no model that would go elsewhere. */

import { describe, expect, test } from "bun:test";

import type { UpstreamCredential } from "../../src/provider/upstream.ts";
import { findModelMerge, mergeModels, type ModelMerge, toSourceKey } from "../../src/proxy/model-merge.ts";
import { findRoute, type RouteTable } from "../../src/proxy/route.ts";
import { toTestRoute, toTestTable } from "../support/route-table.ts";

const credential = (secret: string | undefined): UpstreamCredential => ({
  mode: "bearer",
  header: "authorization",
  from: "environment variable K",
  read: () => secret,
});

const table = toTestTable("http://x", (get) => ({
  mergedModels: { timeoutMs: 1000 },
  routes: [
    toTestRoute("fast", [{ upstream: get("groq"), model: "llama-8b" }]),
    toTestRoute("kimi*", [{ upstream: get("moonshot") }, { upstream: get("groq") }]),
    toTestRoute("openai/*", [{ upstream: get("openrouter") }], { stripNamespace: true }),
    toTestRoute("all-small*", [{ upstream: get("mistral"), model: "small" }]),
    toTestRoute("off", [{ upstream: get("xai") }], { active: false }),
    toTestRoute("keyless", [{ upstream: { ...get("xai"), credential: credential(undefined) } }]),
    toTestRoute("keyed", [{ upstream: { ...get("groq"), credential: credential("k") } }]),
    toTestRoute("hidden*", [{ upstream: get("groq") }], { priority: -1 }),
    toTestRoute("hidden-name", [{ upstream: get("mistral") }]),
  ],
}));

function find(
  headers: Record<string, string> = {},
  from: RouteTable = table,
  path = "/v1/models",
  method = "GET",
): ModelMerge | undefined {
  const route = findRoute(from, path, new Headers(headers));
  if (route.kind !== "forward") throw new Error(route.kind);
  return findModelMerge(route, { method, headers: new Headers(headers) });
}

function get(headers: Record<string, string> = {}, from: RouteTable = table): ModelMerge {
  const merge = find(headers, from);
  if (merge === undefined) throw new Error("nothing is merged");
  return merge;
}

const sourceIds = ({ sources }: ModelMerge) =>
  sources.map(({ upstream, isClients }) => `${upstream.id}${isClients ? " client" : ""}`);

describe("what is asked", () => {
  test("the upstream of the request, and all that routes lead to, each once for each credential", () => {
    expect(sourceIds(get())[0]).toBe("openai client");
    expect(sourceIds(get()).sort()).toEqual(
      ["openai client", "groq", "groq", "moonshot", "openrouter", "mistral", "xai"].sort(),
    );
    expect(get().sources.find(({ upstream }) => upstream.id === "mistral")?.path).toBe("/v1/models");
  });

  test("Anthropic's clients begin at Anthropic", () => {
    const merge = get({ "anthropic-version": "2023-06-01" });
    expect([merge.shape, sourceIds(merge)[0]]).toEqual(["anthropic", "anthropic client"]);
  });

  test("everything else is forwarded as ever", () => {
    const { mergedModels: _, ...off } = table;
    expect(find({}, off)).toBeUndefined();
    expect(find({ "x-provider": "groq" })).toBeUndefined();
    expect(find({ "x-goog-api-key": "k" })).toBeUndefined();
    expect(find({}, table, "/v1/models", "HEAD")).toBeUndefined();
    expect(find({}, table, "/v1/models/kimi")).toBeUndefined();
    expect(find({}, table, "/groq/v1/models")).toBeUndefined();
    const alone = toTestTable("http://x", () => ({ mergedModels: { timeoutMs: 1 } }));
    expect(find({}, alone)).toBeUndefined();
  });

  test("the fallback and the providers of paths belong to it; an upstream without a base URL does not", () => {
    const more = toTestTable("http://x", (of) => ({
      mergedModels: { timeoutMs: 1 },
      fallback: { upstream: of("ollama") },
      pathRules: [{ upstream: of("zai"), paths: new Set(["/v1/chat/completions"]), models: ["glm"] }],
      routes: [toTestRoute("a*", [{ upstream: { ...of("azure"), baseUrl: undefined as never } }])],
    }));
    expect(sourceIds(get({}, more))).toEqual(["openai client", "ollama", "zai"]);
  });
});

describe("what is listed", () => {
  function merge(answers: Record<string, readonly string[]>, from = get(), allowed = /./): readonly string[] {
    const listed = new Map(
      from.sources.flatMap(({ upstream }) => {
        const models = upstream.credential === undefined ? answers[upstream.id] : undefined;
        return models === undefined
          ? []
          : [[toSourceKey(upstream), models.map((id) => ({ id, facts: { of: upstream.id } }))] as const];
      }),
    );
    const merged = mergeModels(from, listed, ({ id }) => allowed.test(id));
    return merged.map(({ id, facts, provider }) => `${id} ${provider} ${String(facts["of"])}`).sort();
  }

  test("names of exact routes whose credential is there, with what is told of the model behind them", () => {
    expect(merge({ groq: ["llama-8b"] })).toEqual(["fast groq groq", "keyed groq undefined"]);
    expect(merge({ groq: ["llama-8b"] }, get(), /xai/)).toEqual([]);
  });

  test("models that a request by that name would reach, under the name that reaches them", () => {
    const names = merge({
      openai: ["gpt-x", "kimi-of-openai", "fast", "openai/gpt-x"],
      groq: ["kimi-k2", "llama-8b"],
      moonshot: ["kimi-k2", "kimi-k3"],
      openrouter: ["gpt-oss", "qwen/q"],
      mistral: ["small", "large"],
    });
    expect(names).toEqual([
      "fast groq groq",
      "gpt-x openai openai",
      "keyed groq undefined",
      "kimi-k2 moonshot moonshot",
      "kimi-k3 moonshot moonshot",
      "openai/gpt-oss openrouter openrouter",
      "openai/qwen/q openrouter openrouter",
    ]);
  });

  test("a fallback takes what the default upstream would have had, under its own names", () => {
    const from = (model?: string) =>
      get(
        {},
        toTestTable("http://x", (of) => ({
          mergedModels: { timeoutMs: 1 },
          fallback: { upstream: of("ollama"), ...(model === undefined ? {} : { model }) },
          routes: [toTestRoute("gpt-*", [{ upstream: of("openai") }])],
        })),
      );
    const answers = { openai: ["gpt-x", "o3"], ollama: ["llama", "qwen"] };
    expect(merge(answers, from())).toEqual(["gpt-x openai openai", "llama ollama ollama", "qwen ollama ollama"]);
    expect(merge(answers, from("qwen"))).toEqual(["gpt-x openai openai", "qwen ollama ollama"]);
  });

  test("Anthropic's clients see no model of the default upstream", () => {
    const from = get({ "anthropic-version": "2023-06-01" });
    expect(merge({ anthropic: ["claude-x"], openai: ["gpt-x"], moonshot: ["kimi-k2"] }, from)).toEqual([
      "claude-x anthropic anthropic",
      "fast groq undefined",
      "keyed groq undefined",
      "kimi-k2 moonshot moonshot",
    ]);
  });
});
