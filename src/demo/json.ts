/** @module Narrowing of JSON that anyone may have sent: absent or of another type is undefined, never an error. */

export type JsonRecord = Readonly<Record<string, unknown>>;

/** The object itself, or an empty one. */
export function toRecord(value: unknown): JsonRecord {
  // Any JSON object has text keys and values of unknown type.
  return typeof value === "object" && value !== null && !Array.isArray(value) ? (value as JsonRecord) : {};
}

/** The list itself, or an empty one. */
export function toList(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}

export function toText(value: unknown): string | undefined {
  return typeof value === "string" ? value : undefined;
}

/** Text of a content field: itself, or the `text`, `content` or `output` of its last part. */
export function toLastText(content: unknown): string {
  if (typeof content === "string") return content;
  const part = toRecord(toList(content).at(-1));
  return (
    toText(part["text"]) ?? toText(part["output"]) ?? (part["content"] === undefined ? "" : toLastText(part["content"]))
  );
}

/** The schema of a field that asks for JSON, as OpenAI's and Anthropic's APIs have it; nothing where it asks for text. */
export function toAskedSchema(format: unknown): { readonly schema?: JsonRecord } {
  const { type, schema, json_schema: wrapped } = toRecord(format);
  if (type !== "json_schema" && type !== "json_object") return {};
  return { schema: toRecord(schema ?? toRecord(wrapped)["schema"]) };
}
