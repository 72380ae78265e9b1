/** @module `modeltap prices`: explain a price, fetch current ones, price what had none. */

import { toPriceOptions } from "./app-options.ts";
import { formatPriceExplanation } from "./cli/prices-explain.ts";
import { type StartFlags, UsageError } from "./cli/parse.ts";
import { PLACE_USAGE, takePlace } from "./cli/place-flags.ts";
import type { Usage } from "./domain/usage.ts";
import type { BackfillRequest } from "./message/backfill.ts";
import { openPrices } from "./open-prices.ts";
import { runBackfill, runRefresh } from "./prices-command.ts";
import { findProvider } from "./provider/catalogue.ts";
import { readConfiguration } from "./start.ts";

const COUNTS: Readonly<Record<string, keyof Usage>> = {
  "--input": "inputTokens",
  "--output": "outputTokens",
  "--cache-read": "cacheReadTokens",
  "--cache-write": "cacheWriteTokens",
  "--cache-write-1h": "cacheWrite1hTokens",
  "--reasoning": "reasoningTokens",
  "--audio-input": "audioInputTokens",
  "--audio-output": "audioOutputTokens",
};
const MILLION: Usage = { inputTokens: 1_000_000, outputTokens: 1_000_000 };

const USAGE = `modeltap prices explain PROVIDER MODEL ${Object.keys(COUNTS)
  .map((flag) => `[${flag} N]`)
  .join(" ")} [--service-tier NAME]
       modeltap prices refresh
       modeltap prices backfill [--all] [--cached] [--limit N]
       each with ${PLACE_USAGE}, which say whose prices are meant`;

/** Runs `modeltap prices …`; resolves with the exit code. Throws UsageError. */
export async function runPrices(args: readonly string[], startFlags?: StartFlags): Promise<number> {
  const place = takePlace(args);
  const [verb, ...rest] = place.rest;
  const flags = startFlags ?? place.flags;
  if (verb === "explain") return explainPrice(rest, flags);
  if (verb === "backfill") return runBackfill(parseBackfill(rest), flags);
  if (verb === "refresh" && rest.length === 0) return runRefresh(flags);
  throw new UsageError(`usage: ${USAGE}`);
}

async function explainPrice([provider, model, ...counted]: readonly string[], flags: StartFlags): Promise<number> {
  if (provider === undefined || model === undefined) throw new UsageError(`usage: ${USAGE}`);
  const { counts, serviceTier } = parseCounts(counted);
  const configuration = readConfiguration(flags);
  const book = await openPrices(toPriceOptions(configuration));
  const explanation = book.explain({
    provider: findProvider(provider)?.id ?? provider,
    requestModel: model,
    // Asked without counts, the row itself is the question; with some, the others are none.
    usage: Object.keys(counts).length === 0 ? MILLION : { inputTokens: 0, outputTokens: 0, ...counts },
    ...(serviceTier === undefined ? {} : { serviceTier }),
    local: configuration.values.providers[provider]?.local ?? findProvider(provider)?.local ?? false,
    billable: true,
  });
  process.stdout.write(formatPriceExplanation(explanation));
  return 0;
}

function parseCounts(flags: readonly string[]): { readonly counts: Usage; readonly serviceTier?: string } {
  const counts: Partial<Record<keyof Usage, number>> = {};
  let serviceTier: string | undefined;
  for (let at = 0; at < flags.length; at += 2) {
    const flag = flags[at] ?? "";
    const value = flags[at + 1];
    const count = COUNTS[flag];
    if (value === undefined || (count === undefined && flag !== "--service-tier"))
      throw new UsageError(`usage: ${USAGE}`);
    if (count === undefined) serviceTier = value;
    else if (/^\d{1,12}$/.test(value)) counts[count] = Number(value);
    else throw new UsageError(`${flag} must be a whole number of tokens`);
  }
  return { counts, ...(serviceTier === undefined ? {} : { serviceTier }) };
}

function parseBackfill(flags: readonly string[]): BackfillRequest {
  const request: { all?: boolean; cached?: boolean; limit?: number } = {};
  for (let at = 0; at < flags.length; at += 1) {
    const flag = flags[at] ?? "";
    if (flag === "--all") request.all = true;
    else if (flag === "--cached") request.cached = true;
    else if (flag === "--limit" && /^[1-9]\d{0,11}$/.test(flags[at + 1] ?? ""))
      request.limit = Number(flags[(at += 1)]);
    else if (flag === "--limit") throw new UsageError("--limit must be a whole number of exchanges");
    else throw new UsageError(`usage: ${USAGE}`);
  }
  return request;
}
