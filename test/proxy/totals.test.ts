import { expect, test } from "bun:test";
import type { CountedRow, Counts } from "../../src/message/counts.ts";
import { Totals } from "../../src/proxy/totals.ts";
import { toExposition } from "../../src/telemetry/exposition.ts";

const times = { sumMs: 1500, classes: [0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0] };
const row = (fields: Partial<CountedRow> = {}): CountedRow => ({
  provider: "openai",
  model: "gpt-5",
  tool: "codex",
  statusClass: 2,
  kind: "generation",
  billing: "metered",
  requests: 1,
  unpriced: 0,
  inputTokens: 100,
  outputTokens: 20,
  cacheReadTokens: 0,
  cacheWriteTokens: 0,
  reasoningTokens: 0,
  costNanoUsd: 1_000_000,
  reducedNanoUsd: 0,
  backfilled: 0,
  duration: times,
  firstByte: times,
  ...fields,
});
const counts = (fields: Partial<CountedRow> = {}): Counts => ({ rows: [row(fields)], attempts: [], errors: [] });
const lines = (totals: Totals): string[] => toExposition(totals.metrics()).split("\n");

test("totals grow, by provider, status class and tool", () => {
  const totals = new Totals();
  totals.add(counts());
  totals.add(counts({ requests: 2 }));
  totals.add(counts({ statusClass: 0, tool: "", billing: "subscription" }));
  const text = lines(totals);
  expect(text).toContain(
    'modeltap_requests_total{provider="openai",status_class="2xx",tool="codex",kind="generation"} 3',
  );
  expect(text).toContain(
    'modeltap_requests_total{provider="openai",status_class="none",tool="unknown",kind="generation"} 1',
  );
  expect(text).toContain('modeltap_tokens_total{provider="openai",tool="codex",kind="input"} 200');
  expect(text).toContain('modeltap_cost_usd_total{provider="openai",tool="codex",billing="metered"} 0.002');
  expect(text).toContain('modeltap_model_requests_total{provider="openai",model="gpt-5"} 4');
  expect(text).toContain(
    'modeltap_request_duration_seconds_count{provider="openai",status_class="2xx",tool="codex"} 2',
  );
});

test("histograms have no model, no path, no key and no id", () => {
  const totals = new Totals();
  totals.add(counts());
  const labels = lines(totals)
    .filter((line) => /_(?:bucket|sum|count)\{/.test(line))
    .flatMap((line) => [...line.matchAll(/(\w+)="/g)].map(([, name]) => name));
  expect(new Set(labels)).toEqual(new Set(["provider", "status_class", "tool", "le"]));
});

test("names of callers are capped, and none is lost from the sums", () => {
  const totals = new Totals();
  for (let index = 0; index < 1000; index++) totals.add(counts({ model: `m-${index}`, tool: `t-${index}` }));
  const text = lines(totals);
  expect(text.length).toBeLessThan(3000);
  expect(
    text.some((line) => line.startsWith("modeltap_model_requests_total") && line.includes('model="other"} 800')),
  ).toBe(true);
  expect(text.filter((line) => line.startsWith("modeltap_requests_total{"))).toHaveLength(51);
});

test("what prices change later is added or taken back, and is no request", () => {
  const totals = new Totals();
  const none = { requests: 0, inputTokens: 0, outputTokens: 0, duration: times, firstByte: times };
  totals.add(counts({ costNanoUsd: 0, unpriced: 1 }));
  totals.add(counts({ ...none, costNanoUsd: 5_000_000, backfilled: 1 }));
  totals.add(counts({ ...none, costNanoUsd: 0, reducedNanoUsd: 2_000_000 }));
  const text = lines(totals);
  const labels = '{provider="openai",tool="codex",billing="metered"}';
  expect(text).toContain(`modeltap_cost_usd_total${labels} 0.005`);
  expect(text).toContain(`modeltap_cost_reduced_usd_total${labels} 0.002`);
  expect(text).toContain('modeltap_unpriced_requests_total{provider="openai"} 1');
  expect(text).toContain('modeltap_backfilled_requests_total{provider="openai"} 1');
  expect(text).toContain('modeltap_model_requests_total{provider="openai",model="gpt-5"} 1');
  expect(text).toContain(
    'modeltap_request_duration_seconds_count{provider="openai",status_class="2xx",tool="codex"} 1',
  );
});

test("attempts and errors are counted by upstream, kind and code", () => {
  const totals = new Totals();
  const attempt = { upstream: "groq", kind: "retry", result: "5xx", attempts: 2 } as const;
  const one: Counts = { rows: [], attempts: [attempt], errors: [{ code: "circuit_open", exchanges: 1 }] };
  totals.add(one);
  totals.add(one);
  const text = lines(totals);
  expect(text).toContain('modeltap_attempts_total{upstream="groq",kind="retry",result="5xx"} 4');
  expect(text).toContain('modeltap_errors_total{code="circuit_open"} 2');
});
