/** @module The shape of one step of the schema. */

import type { Database } from "bun:sqlite";

/** One step of the schema. Once released it never changes: a database out there has it. */
export type Migration = {
  /** The `user_version` after this step; steps count up by one. */
  readonly version: number;
  readonly name: string;
  /** Runs inside a transaction. */
  readonly up: (db: Database) => void;
};
