import { expect, test } from "bun:test";

import { listDefaultRoutes } from "../../src/price/default-routes.ts";
import { parseCatalogue } from "../../src/price/catalogue.ts";

type Row = Readonly<Record<string, unknown>>;

const row = (provider: string, model: string, input: number, more: Row = {}): Row => ({
  provider,
  model,
  input,
  output: 2 * input,
  ...more,
});
const UPSTREAMS = ["openai", "openrouter", "groq", "huggingface"];

function list(rows: readonly Row[], ready: readonly string[] = UPSTREAMS) {
  const upstreams = UPSTREAMS.map((id) => ({ id, ready: ready.includes(id) }));
  const routes = listDefaultRoutes(parseCatalogue(JSON.stringify(rows)).rows, upstreams);
  return routes.map(({ model, upstream, upstreamModel }) => [model, upstream, upstreamModel]);
}

test("a row offers its own name and its aliases, for upstreams that are there and answer with text", () => {
  expect(
    list([
      row("openai", "gpt-5.4", 2, { aliases: ["openai/gpt-5.4"] }),
      row("openai", "embed", 1, { mode: "embedding" }),
      row("elsewhere", "m", 1),
    ]),
  ).toEqual([
    ["gpt-5.4", "openai", undefined],
    ["openai/gpt-5.4", "openai", "gpt-5.4"],
  ]);
});

test("one route for a name: own name before alias, maker before reseller, cheaper, then by upstream", () => {
  const winner = (...rows: Row[]) => list(rows).find(([model]) => model === "m")?.[1];
  expect(winner(row("openai", "x", 1, { aliases: ["m"] }), row("openrouter", "m", 9))).toBe("openrouter");
  expect(winner(row("openrouter", "m", 1), row("openai", "m", 9))).toBe("openai");
  expect(winner(row("openrouter", "m", 2), row("groq", "m", 1))).toBe("groq");
  expect(winner(row("openrouter", "m", 1), row("groq", "m", 1))).toBe("groq");
});

test("an offer without its key hides none that has it", () => {
  const rows = [row("openai", "m", 1), row("openrouter", "m", 9)];
  expect(list(rows, ["openrouter"])).toEqual([["m", "openrouter", undefined]]);
  expect(list(rows, [])).toEqual([["m", "openai", undefined]]);
});

test("endpoints of OpenRouter: both spellings, and the cheapest of them for the base name", () => {
  const routes = list([
    row("openrouter", "qwen/q", 1, { aliases: ["q"] }),
    row("openrouter", "qwen/q@chutes/fp8", 3),
    row("openrouter", "qwen/q@novita", 2),
    row("openrouter", "qwen/q@parasail", 2, { cache_read: 1 }),
  ]);
  expect(routes).toEqual([
    ["q", "openrouter", "qwen/q@parasail"],
    ["qwen/q", "openrouter", "qwen/q@parasail"],
    ["qwen/q:chutes/fp8", "openrouter", "qwen/q@chutes/fp8"],
    ["qwen/q:novita", "openrouter", "qwen/q@novita"],
    ["qwen/q:parasail", "openrouter", "qwen/q@parasail"],
    ["qwen/q@chutes/fp8", "openrouter", undefined],
    ["qwen/q@novita", "openrouter", undefined],
    ["qwen/q@parasail", "openrouter", undefined],
  ]);
  // A name with a suffix is a model of its own on Hugging Face's router.
  expect(list([row("huggingface", "Qwen/Q:together", 1)])).toEqual([["Qwen/Q:together", "huggingface", undefined]]);
});
