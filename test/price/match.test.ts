/** @module Which row is used: the model of the answer first, never a shorter model, and how sure each match is. */

import { describe, expect, test } from "bun:test";
import { findPrice, toBillingModels, toCatalogueProvider } from "../../src/price/match.ts";
import { parseOverrides } from "../../src/price/overrides.ts";
import { createPricer, createPriceTables } from "../../src/price/pricer.ts";
import { catalogue, priceInput, pricerWith, rowsOf } from "../support/price.ts";

const tables = createPriceTables({ catalogue: catalogue.rows });
const pricer = pricerWith();

function match(provider: string, ...models: string[]): [string, string] | undefined {
  const found = findPrice(tables, provider, models);
  return found === undefined ? undefined : [found.key, found.confidence];
}

describe("names", () => {
  test.each([
    ["openai", "gpt-4o", "openai/gpt-4o", "exact"],
    ["openai", "GPT-4o", "openai/gpt-4o", "exact"],
    ["openai", "openai/gpt-4o", "openai/gpt-4o", "alias"],
    ["openai", "gpt-5-2025-08-07", "openai/gpt-5", "alias"],
    ["openai", "gpt-5-2099-01-01", "openai/gpt-5", "alias"],
    ["openai", "ft:gpt-4o-mini-2024-07-18:acme::abc123", "openai/ft:gpt-4o-mini", "alias"],
    ["gemini", "models/gemini-2.5-pro", "gemini/gemini-2.5-pro", "alias"],
    ["google", "gemini-2.5-pro", "gemini/gemini-2.5-pro", "exact"],
    ["anthropic", "claude-opus-4-5-20251101", "anthropic/claude-opus-4-5", "alias"],
    ["anthropic", "claude-sonnet-4-20250514", "anthropic/claude-sonnet-4-20250514", "exact"],
    ["vertex", "claude-sonnet-4-5@20250929", "vertex/claude-sonnet-4-5", "alias"],
    ["vertex", "publishers/anthropic/models/claude-sonnet-4-5@20250929", "vertex/claude-sonnet-4-5", "alias"],
    ["openrouter", "anthropic/claude-sonnet-4.5", "openrouter/anthropic/claude-sonnet-4.5", "exact"],
    ["openrouter", "anthropic/claude-sonnet-4.5:nitro", "openrouter/anthropic/claude-sonnet-4.5", "alias"],
    ["openrouter", "openai/gpt-oss-120b:free", "openrouter/openai/gpt-oss-120b:free", "exact"],
    ["minimax", "MiniMax-M3", "minimax/MiniMax-M3", "exact"],
    ["minimax", "minimax-m3", "minimax/minimax-m3", "exact"],
  ])("%s %s is %s (%s)", (provider, model, key, confidence) => {
    expect(match(provider, model)).toEqual([key, confidence]);
  });

  test.each([
    ["openai", "gpt-5-mini-nano"],
    ["openai", "gpt-5-mini-2"],
    ["openai", "gpt"],
    ["openai", "gpt-4o-"],
    ["anthropic", "claude-opus-4-9"],
    ["anthropic", "claude-opus"],
    ["openrouter", "anthropic/claude-sonnet-4.5:free"],
    ["ollama-cloud", "gpt-oss:20b"],
    ["ollama", "deepseek-chat"],
    ["groq", "claude-sonnet-4-5"],
    ["acme", "palmyra-x4"],
    ["openai", ""],
    ["openai", "x".repeat(100_000)],
  ])("%s %p has no price", (provider, model) => {
    expect(match(provider, model)).toBeUndefined();
  });

  test("a longer name never takes the price of a shorter one", () => {
    expect(match("openai", "gpt-5-mini")?.[0]).toBe("openai/gpt-5-mini");
    expect(match("openai", "gpt-4.1-mini-2025-04-14")?.[0]).toBe("openai/gpt-4.1-mini");
    expect(match("anthropic", "claude-opus-4-5")?.[0]).toBe("anthropic/claude-opus-4-5");
  });
});

describe("Bedrock", () => {
  test.each([
    ["us.anthropic.claude-sonnet-4-5-20250929-v1:0", "bedrock/us.anthropic.claude-sonnet-4-5-20250929-v1:0", "exact"],
    ["us.anthropic.claude-sonnet-4-5-20250929-v1%3A0", "bedrock/us.anthropic.claude-sonnet-4-5-20250929-v1:0", "exact"],
    [
      "arn:aws:bedrock:us-east-1:123456789012:inference-profile/us.anthropic.claude-sonnet-4-5-20250929-v1:0",
      "bedrock/us.anthropic.claude-sonnet-4-5-20250929-v1:0",
      "alias",
    ],
    ["eu.anthropic.claude-opus-4-8-20270101-v1:0", "bedrock/eu.anthropic.claude-opus-4-8", "alias"],
  ])("%s is %s", (model, key, confidence) => {
    expect(match("bedrock", model)).toEqual([key, confidence]);
  });

  test("a region without a row of its own is taken without it, and the note says what that means", () => {
    const [plain] = rowsOf({ provider: "bedrock", model: "acme.model", input: 1, output: 2 });
    if (plain === undefined) throw new Error("no row");
    const cost = createPricer({ catalogue: [plain] }).price(
      priceInput({
        provider: "bedrock",
        requestModel: "jp.acme.model-v1:0",
        usage: { inputTokens: 1, outputTokens: 1 },
      }),
    );
    expect(cost).toMatchObject({ confidence: "alias", priceKey: "bedrock/acme.model" });
    expect(cost.notes?.[0]).toContain("10 %");
  });

  test("the URL's id goes before the body's name", () => {
    expect(toBillingModels("bedrock", { responseModel: "claude-x", requestModel: "us.anthropic.claude-x" })).toEqual([
      "us.anthropic.claude-x",
      "claude-x",
    ]);
  });

  test("the body's name helps when the URL names an opaque profile", () => {
    expect(
      match("bedrock", "arn:aws:bedrock:eu-west-1:1:application-inference-profile/abc", "claude-3-haiku-20240307"),
    ).toEqual(["bedrock/anthropic.claude-3-haiku-20240307-v1:0", "alias"]);
  });
});

describe("billing model", () => {
  test("is the answer's, then the routed name, then the request's, each once", () => {
    expect(toBillingModels("xai", { responseModel: "a", routedModel: "b", requestModel: "c" })).toEqual([
      "a",
      "b",
      "c",
    ]);
    expect(toBillingModels("xai", { responseModel: "a", routedModel: "a", requestModel: " " })).toEqual(["a"]);
  });

  test("xAI answers and bills another model than was asked for", () => {
    const found = findPrice(
      tables,
      "xai",
      toBillingModels("xai", { responseModel: "grok-4.3", requestModel: "grok-3-mini" }),
    );
    expect(found?.key).toBe("xai/grok-4.3");
  });

  test("an answer's model without a price gives way to the request's", () => {
    expect(match("openai", "internal-snapshot", "gpt-4o")).toEqual(["openai/gpt-4o", "exact"]);
  });
});

describe("hosts without prices of their own", () => {
  test.each([
    ["gateway", "claude-sonnet-4-5", "anthropic/claude-sonnet-4-5"],
    ["gateway", "gpt-4o", "openai/gpt-4o"],
    ["gateway", "o3-mini", "openai/o3-mini"],
    ["gateway", "gemini-2.5-pro", "gemini/gemini-2.5-pro"],
    ["gateway", "grok-4.3", "xai/grok-4.3"],
    ["gateway", "deepseek-chat", "deepseek/deepseek-chat"],
    ["gateway", "anthropic/claude-sonnet-4.5", "openrouter/anthropic/claude-sonnet-4.5"],
    ["openai", "claude-sonnet-4-5", "anthropic/claude-sonnet-4-5"],
  ])("%s %s is priced as %s, marked as an alias", (provider, model, key) => {
    expect(match(provider, model)).toEqual([key, "alias"]);
    expect(findPrice(tables, provider, [model])?.reason).toContain("told from the model's name");
  });

  test("Azure has its own rows, and OpenAI's for the rest", () => {
    const [azure, openai] = rowsOf(
      { provider: "azure", model: "gpt-a", input: 3, output: 3 },
      { provider: "openai", model: "gpt-b", input: 1, output: 1 },
    );
    if (azure === undefined || openai === undefined) throw new Error("no rows");
    const two = createPriceTables({ catalogue: [azure, openai] });
    expect(findPrice(two, "azure", ["gpt-a"])).toMatchObject({ key: "azure/gpt-a", confidence: "exact" });
    expect(findPrice(two, "azure", ["gpt-b"])).toMatchObject({ key: "openai/gpt-b", confidence: "alias" });
  });

  test("other names of a provider mean the same rows", () => {
    expect(toCatalogueProvider("google")).toBe("gemini");
    expect(toCatalogueProvider("huggingface-router")).toBe("huggingface");
    expect(toCatalogueProvider("openai")).toBe("openai");
  });
});

describe("order of the tables", () => {
  const layered = createPricer({
    catalogue: rowsOf({ input: 4, output: 4 }),
    layers: [
      { source: "own rows", rows: rowsOf({ model: "other", input: 2, output: 2 }) },
      { source: "models.dev", rows: rowsOf({ input: 3, output: 3 }, { model: "other", input: 3, output: 3 }) },
    ],
    overrides: parseOverrides('{"acme/special": {"input": 1, "output": 1}}', "pricing.json").overrides,
  });
  test.each([
    ["special", "pricing.json", 2],
    ["other", "own rows", 4],
    ["m", "models.dev", 6],
  ])("%s comes from %s", (requestModel, source, total) => {
    const cost = layered.price(
      priceInput({ provider: "acme", requestModel, usage: { inputTokens: 1000, outputTokens: 1000 } }),
    );
    expect(cost).toMatchObject({ source, totalNanoUsd: total * 1_000_000 });
  });

  test("pricing.json goes before an exact built-in row, by the longest beginning", () => {
    const own = pricerWith({ gpt: { input: 100, output: 100 }, "gpt-5": { input: 7, output: 7 } });
    const usage = { inputTokens: 1000, outputTokens: 0 };
    expect(own.price(priceInput({ requestModel: "gpt-5-mini", usage }))).toMatchObject({
      totalNanoUsd: 7_000_000,
      confidence: "prefix",
      priceKey: "gpt-5",
      source: "pricing.json",
    });
    expect(own.price(priceInput({ requestModel: "GPT-5", usage })).confidence).toBe("exact");
    expect(own.price(priceInput({ provider: "openrouter", requestModel: "openai/gpt-5.1", usage })).priceKey).toBe(
      "gpt-5",
    );
  });

  test("without pricing.json the built-in row holds", () => {
    expect(pricer.price(priceInput({ requestModel: "gpt-5", usage: { inputTokens: 1, outputTokens: 1 } })).source).toBe(
      "built-in",
    );
  });
});
