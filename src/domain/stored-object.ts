/** @module What people store through the API beside the record: keys, upstreams, routes, settings, price rows. */

/** Each kind has its own shape of `value`, checked where it is made and where it is read. */
export const OBJECT_KINDS = ["key", "upstream", "route", "setting", "price", "removed-seed"] as const;

export type ObjectKind = (typeof OBJECT_KINDS)[number];

export type StoredObject = {
  readonly kind: ObjectKind;
  /** Unique within its kind. */
  readonly id: string;
  /** Plain JSON; never a secret in the clear. */
  readonly value: unknown;
  /** 1 for a new object, one more with each change. */
  readonly version: number;
  readonly createdAtMs: number;
  readonly changedAtMs: number;
};

/** All objects at one moment; `seq` grows with each change, also over restarts. */
export type ObjectSnapshot = { readonly seq: number; readonly objects: readonly StoredObject[] };
