/** @module Commands about prices are answered soon: with what came out, with why not, or with "it goes on". */

import { expect, test } from "bun:test";
import { createPriceCommands } from "../../src/record/price-commands.ts";

const COUNTS = { scanned: 3, updated: 1, ok: 1, pending: 2, unsupported: 0 };
const never = new Promise<never>(() => {});

test("without a source of prices there is nothing to fetch, and the reason is told", async () => {
  const commands = createPriceCommands({ refresh: undefined, backfill: undefined });
  expect(await commands["refresh-prices"]({ name: "refresh-prices" })).toMatchObject({ ok: false, code: "invalid" });
  expect(await commands["backfill-costs"]({ name: "backfill-costs", request: {} })).toMatchObject({ ok: false });
});

test("what is done in time is answered with its outcome", async () => {
  const commands = createPriceCommands({
    refresh: { refresh: async () => {} },
    backfill: { run: async () => COUNTS, progress: undefined },
  });
  expect(await commands["refresh-prices"]({ name: "refresh-prices" })).toEqual({ ok: true, value: { running: false } });
  expect(await commands["backfill-costs"]({ name: "backfill-costs", request: {} })).toEqual({
    ok: true,
    value: COUNTS,
  });
});

test("what fails is answered with its reason", async () => {
  const refresh = { refresh: () => Promise.reject(new Error("https://models.dev answered 503")) };
  const commands = createPriceCommands({ refresh, backfill: undefined });
  expect(await commands["refresh-prices"]({ name: "refresh-prices" })).toEqual({
    ok: false,
    code: "unavailable",
    message: "https://models.dev answered 503",
  });
});

test("what takes longer is answered while it goes on, with the counts until now", async () => {
  const commands = createPriceCommands({
    refresh: { refresh: () => never },
    backfill: { run: () => never, progress: { ...COUNTS, running: true } },
    answerMs: 5,
  });
  expect(await commands["refresh-prices"]({ name: "refresh-prices" })).toEqual({ ok: true, value: { running: true } });
  expect(await commands["backfill-costs"]({ name: "backfill-costs", request: {} })).toEqual({
    ok: true,
    value: { ...COUNTS, running: true },
  });
});
