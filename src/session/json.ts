/** @module Foreign JSON values, narrowed: whatever does not fit is undefined. */

export type JsonRecord = { readonly [member: string]: unknown };

export function toRecord(value: unknown): JsonRecord | undefined {
  // An object that is no array can be read by member names.
  return typeof value === "object" && value !== null && !Array.isArray(value) ? (value as JsonRecord) : undefined;
}

export function toRecords(value: unknown): readonly JsonRecord[] {
  const records: JsonRecord[] = [];
  if (!Array.isArray(value)) return records;
  for (const each of value) {
    const record = toRecord(each);
    if (record !== undefined) records.push(record);
  }
  return records;
}

/** Text that is not empty. */
export function toText(value: unknown): string | undefined {
  return typeof value === "string" && value !== "" ? value : undefined;
}

/** The object that a text holds as JSON. */
export function parseRecord(text: string | undefined): JsonRecord | undefined {
  if (text === undefined || !text.trimStart().startsWith("{")) return undefined;
  try {
    return toRecord(JSON.parse(text));
  } catch {
    return undefined;
  }
}
