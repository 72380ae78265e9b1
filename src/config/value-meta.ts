/** @module What the schema says of each type of value beside the type itself. */

/** How a value is written as text, in the environment and in flags. */
export type ValueKind = "text" | "number" | "boolean" | "list" | "table" | "path" | "database" | "duration" | "size";

/** What `.meta()` of each type below holds; `expects` continues "must be …". */
export type ValueMeta = {
  readonly kind: ValueKind;
  readonly expects: string;
  /** Never shown. */
  readonly secret?: true;
};
