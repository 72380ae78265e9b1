/** @module What was found for a path and a model before: the same, as long as the routes stay. */

import type { RouteIndex } from "../provider/model-route.ts";

/** Models and paths come from clients: the memory of them is bounded by starting over. */
const MAX_ENTRIES = 1000;
const MAX_NAME_CHARS = 256;

export type DecisionMemo<T> = {
  /** Cost: two map look-ups. */
  recall(index: RouteIndex, path: string, model: string): T | undefined;
  /** For what depends on nothing else. */
  remember(index: RouteIndex, path: string, model: string, found: T): void;
};

type Entries<T> = { readonly byPath: Map<string, Map<string, T>>; size: number };

export function createDecisionMemo<T>(): DecisionMemo<T> {
  /** Goes with the snapshot of the routes: a reload makes another index. */
  const memory = new WeakMap<RouteIndex, Entries<T>>();
  return {
    recall: (index, path, model) => memory.get(index)?.byPath.get(path)?.get(model),
    remember(index, path, model, found) {
      if (path.length > MAX_NAME_CHARS || model.length > MAX_NAME_CHARS) return;
      let entries = memory.get(index);
      if (entries === undefined || entries.size >= MAX_ENTRIES) {
        entries = { byPath: new Map(), size: 0 };
        memory.set(index, entries);
      }
      let byModel = entries.byPath.get(path);
      if (byModel === undefined) entries.byPath.set(path, (byModel = new Map()));
      byModel.set(model, found);
      entries.size += 1;
    },
  };
}
