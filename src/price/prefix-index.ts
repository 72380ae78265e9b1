/** @module Finds what a model's name, or the longest known beginning of it, stands for; case does not matter. */

export type FoundPrefix<Value> = {
  readonly value: Value;
  /** The whole name was given, not only its beginning. */
  readonly whole: boolean;
};

export interface PrefixIndex<Value> {
  /** Names are tried whole in order, then by their longest known beginning. Cost: one map look-up per character. */
  find(names: readonly string[]): FoundPrefix<Value> | undefined;
}

/** A later entry of the same name replaces an earlier one. */
export function createPrefixIndex<Value>(entries: Iterable<readonly [prefix: string, Value]>): PrefixIndex<Value> {
  const byPrefix = new Map<string, Value>();
  let longest = 0;
  for (const [prefix, value] of entries) {
    byPrefix.set(prefix.toLowerCase(), value);
    longest = Math.max(longest, prefix.length);
  }
  return {
    find(names) {
      if (byPrefix.size === 0) return undefined;
      const keys = names.map((name) => name.toLowerCase());
      for (const key of keys) {
        const value = byPrefix.get(key);
        if (value !== undefined) return { value, whole: true };
      }
      let best: Value | undefined;
      let bestLength = 0;
      for (const key of keys) {
        for (let end = Math.min(longest, key.length - 1); end > bestLength; end--) {
          const value = byPrefix.get(key.slice(0, end));
          if (value === undefined) continue;
          best = value;
          bestLength = end;
        }
      }
      return best === undefined ? undefined : { value: best, whole: false };
    },
  };
}
