/** @module The list one came from: one request leads to the next, and the way back leads to the same place. */

import type { Pager } from "./pager.ts";

export type KeptList = {
  /** The filter as text. */
  readonly key: string;
  readonly pager: Pager;
  readonly scrollTop: number;
  readonly cursor: number;
};

let kept: KeptList | undefined;

/** Keeps the list that is being left. */
export function keepList(list: KeptList): void {
  kept = list;
}

/** The list that was left with this filter; undefined when another or none was. */
export function findKeptList(key: string): KeptList | undefined {
  return kept?.key === key ? kept : undefined;
}

/** Id of the row `by` places further down; undefined at the ends, and without a list. */
export function findNeighbour(id: string, by: number): string | undefined {
  const index = kept?.pager.indexOf(id);
  return index === undefined ? undefined : kept?.pager.row(index + by)?.exchange_id;
}
