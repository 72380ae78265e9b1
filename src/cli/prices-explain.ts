/** @module The answer of `modeltap prices explain` as text: row, reason, and the sum line by line. */

import type { PriceExplanation, PriceLine, PriceOrigin } from "../domain/price-explanation.ts";

const COMPONENT_WORDS: Readonly<Record<PriceLine["component"], string>> = {
  input: "input",
  cacheRead: "cache read",
  cacheWrite5m: "cache write 5 min",
  cacheWrite1h: "cache write 1 h",
  output: "output",
  reasoning: "reasoning",
  audioInput: "audio in",
  audioOutput: "audio out",
  imageInput: "image in",
  imageOutput: "image out",
  extra: "extra usage",
  other: "other fees",
};

const NANO_DIGITS = 9;

/** Lines end with `\n`. Money is shown to the last nano-dollar, so that the column can be added up by hand. */
export function formatPriceExplanation(explanation: PriceExplanation): string {
  const { cost, origin } = explanation;
  const facts: readonly (readonly [string, string | undefined])[] = [
    ["provider", explanation.provider],
    ["model", explanation.models.join(", then ") || "none named"],
    ["row", origin === undefined ? "none" : toOriginText(origin)],
    ["why", explanation.reason],
    ["confidence", cost.confidence],
    ["tier", cost.tier],
  ];
  const head = facts.flatMap(([name, text]) => (text === undefined ? [] : [`${name.padEnd(12)}${text}`]));
  const notes = (cost.notes ?? []).filter((note) => note !== explanation.reason).map((note) => `note: ${note}`);
  const blocks = [head, toTable(explanation), notes].filter((block) => block.length > 0);
  return `${blocks.map((block) => block.join("\n")).join("\n\n")}\n`;
}

function toOriginText({ key, layer, publisher, asOf, disputed }: PriceOrigin): string {
  const published = [publisher, asOf].filter((text) => text !== undefined).join(", ");
  return [
    `${key} (${layer}${published === "" ? "" : `: ${published}`})`,
    ...(disputed === true ? ["disputed: the published tables differ"] : []),
  ].join(", ");
}

function toTable({ cost, lines }: PriceExplanation): readonly string[] {
  const total = cost.totalNanoUsd === undefined ? "unknown" : toUsdText(cost.totalNanoUsd);
  const rows = [
    ["component", "tokens", "USD per 1M", "USD"],
    ...lines.map((line) => [
      COMPONENT_WORDS[line.component],
      line.tokens === undefined ? "" : String(line.tokens),
      line.picoUsdPerToken === undefined ? "" : toDecimal(line.picoUsdPerToken, 6),
      toUsdText(line.nanoUsd),
    ]),
    ["total", "", "", total],
  ];
  const widths = [0, 1, 2, 3].map((column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)));
  return rows.map((row) =>
    row
      .map((cell, column) => (column === 0 ? cell.padEnd(widths[0] ?? 0) : cell.padStart(widths[column] ?? 0)))
      .join("  "),
  );
}

function toUsdText(nanoUsd: number): string {
  return toDecimal(nanoUsd, NANO_DIGITS);
}

/** A whole count of 10⁻ᵈⁱᵍⁱᵗˢ as a decimal without rounding, at least two places. */
function toDecimal(count: number, digits: number): string {
  const text = String(Math.abs(count)).padStart(digits + 1, "0");
  const places = text.slice(-digits).replace(/0+$/, "").padEnd(2, "0");
  return `${count < 0 ? "-" : ""}${text.slice(0, -digits)}.${places}`;
}
