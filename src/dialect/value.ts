/** @module Narrowing of foreign JSON: what is a record, a text, a count. Anything else is undefined, never an error. */

export type JsonRecord = Readonly<Record<string, unknown>>;

export function toRecord(value: unknown): JsonRecord | undefined {
  // An object that is no array has text keys and values nobody knows.
  return typeof value === "object" && value !== null && !Array.isArray(value) ? (value as JsonRecord) : undefined;
}

export function toList(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}

/** The records of a list; other elements are left out. */
export function toRecords(value: unknown): readonly JsonRecord[] {
  return toList(value)
    .map((element) => toRecord(element))
    .filter((element) => element !== undefined);
}

/** Text that is not empty. */
export function toText(value: unknown): string | undefined {
  return typeof value === "string" && value !== "" ? value : undefined;
}

/** A whole number from 0 to 2^53 − 1; fractions are rounded (Titan counts in floats). Booleans and texts are no counts. */
export function toCount(value: unknown): number | undefined {
  const amount = toAmount(value);
  if (amount === undefined) return undefined;
  const count = Math.round(amount);
  return count <= Number.MAX_SAFE_INTEGER ? count : undefined;
}

/** A finite number from 0. */
export function toAmount(value: unknown): number | undefined {
  return typeof value === "number" && Number.isFinite(value) && value >= 0 ? value + 0 : undefined;
}

/** The first of several spellings that is a count, and not 0 while a later one says more. */
export function findCount(...values: readonly unknown[]): number | undefined {
  const counts = values.flatMap((value) => toCount(value) ?? []);
  return counts.find((count) => count > 0) ?? counts[0];
}

/** Sum of what is known; undefined when nothing is. */
export function sumCounts(...values: readonly (number | undefined)[]): number | undefined {
  const known = values.filter((value) => value !== undefined);
  if (known.length === 0) return undefined;
  const sum = known.reduce((total, value) => total + value, 0);
  return sum <= Number.MAX_SAFE_INTEGER ? sum : undefined;
}

/** Leaves out undefined members, as exact optional properties want it. */
export function defined<Fields extends object>(
  fields: Fields,
): { [Key in keyof Fields]?: Exclude<Fields[Key], undefined> } {
  const entries = Object.entries(fields).filter(([, value]) => value !== undefined);
  // The entries are those of `fields` less the undefined ones, which is what the type says.
  return Object.fromEntries(entries) as { [Key in keyof Fields]?: Exclude<Fields[Key], undefined> };
}

const MAX_MERGE_DEPTH = 4;

/**
 * Later counts over earlier ones, member by member: null never replaces a value, nested objects are merged,
 * numbers are never added.
 */
export function mergeReported(earlier: JsonRecord | undefined, later: JsonRecord, depth = 0): JsonRecord {
  if (earlier === undefined) return later;
  const merged: Record<string, unknown> = { ...earlier };
  for (const [key, value] of Object.entries(later)) {
    if (value === null || value === undefined || key === "__proto__") continue;
    const before = toRecord(merged[key]);
    const after = toRecord(value);
    const isNested = before !== undefined && after !== undefined && depth < MAX_MERGE_DEPTH;
    merged[key] = isNested ? mergeReported(before, after, depth + 1) : value;
  }
  return merged;
}
