/** @module Durations and sizes as people write them. */

const MS_PER: Readonly<Record<string, number>> = {
  ms: 1,
  s: 1000,
  m: 60_000,
  h: 3_600_000,
  d: 86_400_000,
  w: 604_800_000,
};

const BYTES_PER: Readonly<Record<string, number>> = {
  b: 1,
  kb: 1e3,
  mb: 1e6,
  gb: 1e9,
  tb: 1e12,
  kib: 2 ** 10,
  mib: 2 ** 20,
  gib: 2 ** 30,
  tib: 2 ** 40,
};

/** Milliseconds of `"250ms"`, `"15m"`, `"1h30m"`, or of a plain number; undefined when it is none of these. */
export function parseDuration(value: string | number): number | undefined {
  const plain = toPlainNumber(value);
  if (plain !== undefined) return whole(plain);
  const text = String(value).trim().toLowerCase();
  if (!/^(?:\d+(?:\.\d+)?\s*(?:ms|[smhdw])\s*)+$/.test(text)) return undefined;
  let totalMs = 0;
  for (const [, amount, unit] of text.matchAll(/(\d+(?:\.\d+)?)\s*(ms|[smhdw])/g)) {
    totalMs += Number(amount) * (MS_PER[unit ?? ""] ?? Number.NaN);
  }
  return whole(totalMs);
}

/** Bytes of `"64MiB"` (1024) or `"2GB"` (1000), letter case aside, or of a plain number; undefined otherwise. */
export function parseSize(value: string | number): number | undefined {
  const plain = toPlainNumber(value);
  if (plain !== undefined) return whole(plain);
  const found = /^(\d+(?:\.\d+)?)\s*([kmgt]?i?b)$/.exec(String(value).trim().toLowerCase());
  return found === null ? undefined : whole(Number(found[1]) * (BYTES_PER[found[2] ?? ""] ?? Number.NaN));
}

/** As it would be written, in the largest unit that leaves a whole number: `"15m"` for 900000. */
export function toDurationText(ms: number): string {
  return toUnitText(ms, ["d", "h", "m", "s", "ms"], MS_PER);
}

/** As it would be written: `"64MiB"` for 67108864, `"2GB"` for 2000000000. */
export function toSizeText(bytes: number): string {
  return toUnitText(bytes, ["TiB", "TB", "GiB", "GB", "MiB", "MB", "KiB", "KB"], BYTES_PER);
}

function toUnitText(amount: number, units: readonly string[], per: Readonly<Record<string, number>>): string {
  const fitting = units.find((unit) => amount > 0 && amount % (per[unit.toLowerCase()] ?? Number.NaN) === 0);
  return fitting === undefined ? String(amount) : `${amount / (per[fitting.toLowerCase()] ?? Number.NaN)}${fitting}`;
}

function toPlainNumber(value: string | number): number | undefined {
  if (typeof value === "number") return value;
  return /^\s*\d+\s*$/.test(value) ? Number(value) : undefined;
}

function whole(value: number): number | undefined {
  const rounded = Math.round(value);
  return value >= 0 && Number.isSafeInteger(rounded) ? rounded : undefined;
}
