/** @module Keeps the `rollup` table right by differences: what a row added before is taken away, what it adds now is added. */

import type { Database, Statement } from "bun:sqlite";

import type { Exchange } from "../../domain/exchange.ts";
import { ROLLUP_KEYS, ROLLUP_MEASURES, toContribution } from "../rollup.ts";

type Difference = { readonly key: readonly (string | number)[]; readonly measures: number[] };

/** Gathers the differences of one batch, then writes one row per group: most exchanges of a batch share a few groups. */
export class RollupTable {
  readonly #add: Statement;
  readonly #removeEmpty: Statement;
  #differences = new Map<string, Difference>();

  constructor(db: Database) {
    const columns = [...ROLLUP_KEYS, ...ROLLUP_MEASURES];
    this.#add = db.prepare(
      `INSERT INTO rollup (${columns.join(", ")}) VALUES (${columns.map(() => "?").join(", ")})
       ON CONFLICT DO UPDATE SET ${ROLLUP_MEASURES.map((name) => `${name} = ${name} + excluded.${name}`).join(", ")}`,
    );
    this.#removeEmpty = db.prepare(
      `DELETE FROM rollup WHERE ${ROLLUP_KEYS.map((name) => `${name} = ?`).join(" AND ")} AND requests = 0`,
    );
  }

  add(exchange: Exchange): void {
    this.#gather(exchange, 1);
  }

  subtract(exchange: Exchange): void {
    this.#gather(exchange, -1);
  }

  /** Writes what was gathered; to be called inside the transaction that changes the rows. */
  flush(): void {
    for (const { key, measures } of this.#differences.values()) {
      if (measures.every((value) => value === 0)) continue;
      this.#add.run(...key, ...measures);
      if (measures.some((value) => value < 0)) this.#removeEmpty.run(...key);
    }
    this.clear();
  }

  /** Forgets what was gathered, as a batch does that failed. */
  clear(): void {
    this.#differences.clear();
  }

  #gather(exchange: Exchange, sign: 1 | -1): void {
    const contribution = toContribution(exchange);
    if (contribution === undefined) return;
    const name = JSON.stringify(contribution.key);
    let difference = this.#differences.get(name);
    if (difference === undefined) {
      difference = { key: contribution.key, measures: contribution.measures.map(() => 0) };
      this.#differences.set(name, difference);
    }
    for (const [index, value] of contribution.measures.entries()) {
      if (value !== 0) difference.measures[index] = (difference.measures[index] ?? 0) + sign * value;
    }
  }
}
