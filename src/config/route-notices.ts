/** @module What is allowed among routes but can hardly be meant. */

import type { RouteSettings } from "./route-settings.ts";
import type { Settings } from "./schema.ts";

/** Warnings for the log. */
export function listRouteNotices(
  routes: readonly RouteSettings[],
  { fallback }: Pick<Settings, "fallback">,
  sources: Readonly<Record<string, string>>,
): readonly string[] {
  const notices: string[] = [];
  const first = new Map<string, string>();
  for (const { id, pattern } of routes.filter(({ active }) => active).sort((a, b) => a.priority - b.priority)) {
    const winner = first.get(pattern);
    if (winner === undefined) first.set(pattern, id);
    else notices.push(`${id} is never used: ${winner} has the same model, ${pattern}, and goes first`);
  }
  if (fallback.model !== undefined && fallback.upstream === undefined) {
    notices.push(
      `${sources["fallback.model"] ?? "fallback.model"}: fallback.model has no effect without fallback.upstream`,
    );
  }
  return notices;
}
