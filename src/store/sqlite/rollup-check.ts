/** @module Proves that the sums are the sums of the rows, in SQL alone and so apart from the code that keeps them. */

import type { Database } from "bun:sqlite";

import { LATENCY_BOUNDS_MS, ROLLUP_BUCKET_MS, ROLLUP_KEYS, ROLLUP_MEASURES } from "../rollup.ts";

/** One measure of one group where rollup and rows differ. `key` has the columns of the group in order. */
export type RollupDifference = {
  readonly key: readonly (string | number)[];
  readonly measure: string;
  readonly inRollup: number;
  readonly inRows: number;
};

/** Compares every group; empty = all sums are right. Cost: one pass over all exchanges (seconds for a million). */
export function findRollupDifferences(db: Database): RollupDifference[] {
  const read = db.transaction(() => ({
    rows: readGroups(db, SUM_OF_ROWS),
    rollup: readGroups(db, `SELECT ${[...ROLLUP_KEYS, ...ROLLUP_MEASURES].join(", ")} FROM rollup`),
  }));
  const { rows, rollup } = read.deferred();
  const differences: RollupDifference[] = [];
  for (const name of new Set([...rows.keys(), ...rollup.keys()])) {
    const ofRows = rows.get(name);
    const ofRollup = rollup.get(name);
    for (const [index, measure] of ROLLUP_MEASURES.entries()) {
      const inRows = ofRows?.[index] ?? 0;
      const inRollup = ofRollup?.[index] ?? 0;
      // What `readGroups` made.
      if (inRows !== inRollup) differences.push({ key: JSON.parse(name) as string[], measure, inRollup, inRows });
    }
  }
  return differences;
}

function readGroups(db: Database, sql: string): Map<string, number[]> {
  using statement = db.prepare(sql);
  const groups = new Map<string, number[]>();
  for (const row of statement.values()) {
    // All measures are INTEGER NOT NULL, as is any sum of them.
    groups.set(JSON.stringify(row.slice(0, ROLLUP_KEYS.length)), row.slice(ROLLUP_KEYS.length) as number[]);
  }
  return groups;
}

const IS_REFUSED = "coalesce(status_code >= 400, 0)";
const IS_CHARGEABLE = `(kind = 'generation' AND NOT ${IS_REFUSED})`;

const SUM_OF_ROWS = `
SELECT
  started_at_ms / ${ROLLUP_BUCKET_MS} * ${ROLLUP_BUCKET_MS}, provider, model, dialect, kind,
  coalesce(status_code / 100, 0), coalesce(tool, ''), '', '', billing,
  count(*),
  sum(state IN ('failed', 'interrupted') OR ${IS_REFUSED}),
  sum(state = 'aborted'),
  coalesce(sum(input_tokens), 0),
  coalesce(sum(output_tokens), 0),
  coalesce(sum(cache_read_tokens), 0),
  coalesce(sum(cache_write_tokens), 0),
  coalesce(sum(reasoning_tokens), 0),
  coalesce(sum(cost_nano_usd), 0),
  ${["reported", "exact", "alias", "prefix"].map(countOfConfidence).join(",\n  ")},
  sum(${IS_CHARGEABLE} AND cost_nano_usd IS NULL),
  sum(${IS_CHARGEABLE} AND usage_source = 'none'),
  coalesce(sum(CAST(duration_ms * 1000 + 0.5 AS INTEGER)), 0),
  ${[...sumClasses("duration_ms"), ...sumClasses("ttfb_ms")].join(",\n  ")}
FROM exchange WHERE state <> 'pending'
GROUP BY 1, 2, 3, 4, 5, 6, 7, 8, 9, 10`;

function countOfConfidence(confidence: string): string {
  return `count(*) FILTER (WHERE cost_nano_usd IS NOT NULL AND cost_confidence = '${confidence}')`;
}

function sumClasses(column: string): string[] {
  const bounds = [Number.NEGATIVE_INFINITY, ...LATENCY_BOUNDS_MS, Number.POSITIVE_INFINITY];
  return bounds.slice(1).map((bound, index) => {
    const above = bounds[index] === Number.NEGATIVE_INFINITY ? "" : ` AND ${column} > ${bounds[index]}`;
    const upto = bound === Number.POSITIVE_INFINITY ? "" : ` AND ${column} <= ${bound}`;
    return `count(*) FILTER (WHERE ${column} IS NOT NULL${above}${upto})`;
  });
}
