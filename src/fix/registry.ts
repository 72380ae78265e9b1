/** @module All compatibility fixes. */

import type { Fix } from "./fix.ts";
import { qwenTaggedToolCall } from "./qwen-tagged-tool-call.ts";

export const FIXES: readonly Fix[] = [qwenTaggedToolCall];

const BY_ID: ReadonlyMap<string, Fix> = new Map(FIXES.map((fix) => [fix.id, fix]));

export function findFix(id: string): Fix | undefined {
  return BY_ID.get(id);
}
