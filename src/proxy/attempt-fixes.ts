/** @module The compatibility fixes of one attempt: which there are, what they know of the request, what they ask of it. */

import type { Fix } from "../fix/fix.ts";
import { findFix } from "../fix/registry.ts";
import { startFixes, type StartedFixes } from "../fix/start.ts";
import type { Target } from "./decide.ts";
import type { OutgoingBody } from "./request-body.ts";
import { isEncoded } from "./usage-refusal.ts";

/** Those of a target's fixes that have to do with this call; undefined when there is none. Free where none is switched on. */
export function findFixes({ fixes, path }: Target, method: string): readonly Fix[] | undefined {
  if (fixes === undefined) return undefined;
  const found = fixes.flatMap((id) => findFix(id) ?? []).filter((fix) => fix.isFor(method, path));
  return found.length === 0 ? undefined : found;
}

/** @param taken the body as the client sent it; one that is encoded, or was not held, cannot be looked into */
export function beginFixes(
  fixes: readonly Fix[],
  exchangeId: string,
  request: Request,
  taken: OutgoingBody,
): StartedFixes {
  const isReadable = !(taken instanceof ReadableStream) && !isEncoded(request.headers);
  return startFixes(fixes, { exchangeId, body: isReadable ? (taken ?? new Uint8Array(0)) : undefined });
}
