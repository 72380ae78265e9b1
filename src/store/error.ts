/** @module Why a store could not be opened or asked: a closed list of reasons, each with a line for the person at the terminal. */

/**
 * `missing` no database yet · `not_ours` the file belongs to another program · `newer`/`older` written by another version ·
 * `backup_failed` the copy before a migration could not be made · `bad_cursor` a page cursor that this store did not give out.
 */
export type StoreErrorCode = "missing" | "not_ours" | "newer" | "older" | "backup_failed" | "bad_cursor";

/** Refusal of the store; `message` is complete and safe to print. Faults of the database itself pass through as they are. */
export class StoreError extends Error {
  readonly code: StoreErrorCode;

  constructor(code: StoreErrorCode, message: string, options?: { cause?: unknown }) {
    super(message, options);
    this.name = "StoreError";
    this.code = code;
  }
}
