/** @module Content codings (RFC 9110 §8.4.1) named by a `content-encoding` field. */

/** Codings that can be undone here. */
export type ContentCoding = "gzip" | "deflate" | "br" | "zstd";

/** `applied` in the order the sender applied them: undo from the last. */
export type ContentCodings = {
  readonly applied: readonly ContentCoding[];
  /** Names no one here knows; with one of them the body cannot be read. */
  readonly unknown: readonly string[];
};

const CODINGS: Readonly<Record<string, ContentCoding | undefined>> = {
  gzip: "gzip",
  "x-gzip": "gzip",
  deflate: "deflate",
  br: "br",
  zstd: "zstd",
};

/** Longer lists are an attack, not a coding: the rest counts as unknown. */
const MAX_CODINGS = 4;

const PLAIN: ContentCodings = { applied: [], unknown: [] };

/** Reads a field value; `identity` and empty items are no coding. */
export function parseContentCodings(value: string | null | undefined): ContentCodings {
  if (value === null || value === undefined || value === "") return PLAIN;
  const applied: ContentCoding[] = [];
  const unknown: string[] = [];
  for (const item of value.toLowerCase().split(",")) {
    const name = item.trim();
    if (name === "" || name === "identity") continue;
    const coding = Object.hasOwn(CODINGS, name) ? CODINGS[name] : undefined;
    if (coding !== undefined && applied.length < MAX_CODINGS) applied.push(coding);
    else unknown.push(name);
  }
  return { applied, unknown };
}
