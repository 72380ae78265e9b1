/** @module The name a person probably meant. */

/** The nearest of `names`, or undefined when none is near enough to be worth naming. */
export function findNearest(name: string, names: Iterable<string>): string | undefined {
  const wanted = name.toLowerCase();
  let nearest: string | undefined;
  let best = Math.max(1, Math.floor(wanted.length / 3)) + 1;
  for (const candidate of names) {
    const distance = countEdits(wanted, candidate.toLowerCase());
    if (distance < best) [best, nearest] = [distance, candidate];
  }
  return nearest;
}

/** ` (did you mean "x"?)`, or empty text. */
export function suggest(name: string, names: Iterable<string>): string {
  const nearest = findNearest(name, names);
  return nearest === undefined ? "" : ` (did you mean "${nearest}"?)`;
}

/** Insertions, deletions, replacements and swaps of neighbours that turn `from` into `to`. */
function countEdits(from: string, to: string): number {
  let beforeLast: number[] = [];
  let last = Array.from({ length: to.length + 1 }, (_, index) => index);
  for (let row = 1; row <= from.length; row++) {
    const current = [row];
    for (let column = 1; column <= to.length; column++) {
      const same = from[row - 1] === to[column - 1];
      let edits = Math.min(at(last, column) + 1, at(current, column - 1) + 1, at(last, column - 1) + (same ? 0 : 1));
      const swapped = row > 1 && column > 1 && from[row - 1] === to[column - 2] && from[row - 2] === to[column - 1];
      if (swapped) edits = Math.min(edits, at(beforeLast, column - 2) + 1);
      current.push(edits);
    }
    [beforeLast, last] = [last, current];
  }
  return at(last, to.length);
}

function at(row: readonly number[], column: number): number {
  return row[column] ?? Number.POSITIVE_INFINITY;
}
