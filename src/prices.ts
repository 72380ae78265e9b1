/** @module `modeltap prices explain PROVIDER MODEL`: which price row would be used, why, and the sum. */

import { formatPriceExplanation } from "./cli/prices-explain.ts";
import { UsageError } from "./cli/parse.ts";
import { loadPricer } from "./load-pricer.ts";
import type { Usage } from "./domain/usage.ts";
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
  .join(" ")} [--service-tier NAME]`;

/** Prints the explanation; resolves with the exit code. Throws UsageError. */
export async function runPrices(args: readonly string[]): Promise<number> {
  const [verb, provider, model, ...flags] = args;
  if (verb !== "explain" || provider === undefined || model === undefined) throw new UsageError(`usage: ${USAGE}`);
  const { counts, serviceTier } = parseCounts(flags);
  const { values, configDirectory } = readConfiguration({ settings: {}, demo: false });
  const pricer = await loadPricer([configDirectory, values.data_dir]);
  const explanation = pricer.explain({
    provider: findProvider(provider)?.id ?? provider,
    requestModel: model,
    // Asked without counts, the row itself is the question; with some, the others are none.
    usage: Object.keys(counts).length === 0 ? MILLION : { inputTokens: 0, outputTokens: 0, ...counts },
    ...(serviceTier === undefined ? {} : { serviceTier }),
    local: values.providers[provider]?.local ?? findProvider(provider)?.local ?? false,
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
