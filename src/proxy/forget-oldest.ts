/** @module Room in a map that is full: its older half goes at once. */

/**
 * Call before adding to a map of at most `most` entries. One entry at a time would be a walk over all that were deleted
 * before it, each time; so it is a constant on average.
 */
export function forgetOldest(map: Map<unknown, unknown>, most: number): void {
  if (map.size < most) return;
  let left = Math.ceil(most / 2);
  for (const key of map.keys()) {
    if (left === 0) return;
    map.delete(key);
    left -= 1;
  }
}
