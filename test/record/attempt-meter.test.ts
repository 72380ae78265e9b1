import { expect, test } from "bun:test";
import { AttemptMeter } from "../../src/record/attempt-meter.ts";
import { exchange } from "../support/exchange.ts";

const attempt = (upstream: string, facts: { statusCode?: number; errorCode?: string } = {}) => ({
  upstream,
  url: "https://a.example/v1",
  startedMs: 0,
  ...facts,
});

test("tells first tries, retries and failovers apart, with what each came to", () => {
  const meter = new AttemptMeter();
  const attempts = [
    attempt("a", { errorCode: "upstream_connect_failed" }),
    attempt("a", { statusCode: 503 }),
    attempt("b", { statusCode: 200 }),
  ];
  meter.add(exchange({ attempts }));
  meter.add(exchange({ attempts: attempts.slice(2) }));
  meter.add(exchange({ attempts: [attempt("b"), attempt("b", { errorCode: "somebody_elses" })] }));
  expect(meter.take()).toEqual({
    attempts: [
      { upstream: "a", kind: "first", result: "upstream_connect_failed", attempts: 1 },
      { upstream: "a", kind: "retry", result: "5xx", attempts: 1 },
      { upstream: "b", kind: "failover", result: "2xx", attempts: 1 },
      { upstream: "b", kind: "first", result: "2xx", attempts: 1 },
      { upstream: "b", kind: "first", result: "none", attempts: 1 },
      { upstream: "b", kind: "retry", result: "other", attempts: 1 },
    ],
    errors: [],
  });
  expect(meter.take()).toEqual({ attempts: [], errors: [] });
});

test("counts errors of our own list; those of providers are no labels", () => {
  const meter = new AttemptMeter();
  for (const errorCode of ["circuit_open", "circuit_open", "insufficient_quota", "constructor"]) {
    meter.add(exchange({ state: "failed", errorCode }));
  }
  expect(meter.take().errors).toEqual([{ code: "circuit_open", exchanges: 2 }]);
});

test("made-up upstreams cannot fill the memory", () => {
  const meter = new AttemptMeter();
  for (let index = 0; index < 3000; index++) meter.add(exchange({ attempts: [attempt(`u-${index}`)] }));
  const { attempts } = meter.take();
  expect(attempts.length).toBeLessThanOrEqual(1001);
  expect(attempts.reduce((sum, { attempts: count }) => sum + count, 0)).toBe(3000);
});
