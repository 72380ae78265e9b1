/** @module What the client gets instead of the upstream's bytes: without the usage chunk we asked for, and through the fixes. */

import type { Transform } from "../fix/transform.ts";
import type { Answer } from "./attempt.ts";
import type { UsageChunkFilter } from "./include-usage.ts";
import type { LiveExchange } from "./live.ts";
import { isEncoded } from "./usage-refusal.ts";

export type AnswerChange = {
  /** What the client may see now; may be empty. */
  feed(bytes: Uint8Array): Uint8Array;
  /** What was held. @param isCut the answer broke off */
  end(isCut: boolean): Uint8Array;
};

/** Undefined for an answer that passes as it is. @param tapBytes most that is kept of what the client gets */
export function findAnswerChange(
  live: LiveExchange,
  { answer, filter, fixes }: Answer,
  tapBytes: number,
): AnswerChange | undefined {
  if ((filter === undefined && fixes === undefined) || answer.status !== 200) return undefined;
  const isHidden = isEncoded(answer.headers);
  const transform = fixes?.toTransform({ contentType: answer.headers.get("content-type"), isEncoded: isHidden });
  // An encoded stream cannot be looked into without changing its bytes: there the extra chunk stays.
  const visibleFilter = isHidden ? undefined : filter;
  if (visibleFilter === undefined && transform === undefined) return undefined;
  // What the client gets is kept beside what the upstream sent.
  if (transform !== undefined && live.capture === "full") live.clientTap = live.createTap("client-response", tapBytes);
  return createAnswerChange({ live, filter: visibleFilter, transform });
}

/** Lists what it changes on the exchange, and shows the client's tap what is left. */
function createAnswerChange(options: {
  readonly live: LiveExchange;
  readonly filter: UsageChunkFilter | undefined;
  readonly transform: Transform | undefined;
}): AnswerChange {
  const { live, filter, transform } = options;
  let isRemovalListed = false;
  let listedFixes = 0;

  function show(visible: Uint8Array): Uint8Array {
    // What comes after the record was closed went to nobody.
    if (live.ended) return visible;
    if (visible.length > 0) live.clientTap?.push(visible, live.elapsedMs());
    if (!isRemovalListed && filter !== undefined && filter.removed > 0) {
      isRemovalListed = true;
      live.edits.push({ side: "response", kind: "usage_chunk_removed" });
    }
    const applied = live.fixes?.applied ?? [];
    for (const { fix } of applied.slice(listedFixes)) {
      const isListed = live.edits.some(({ kind, detail }) => kind === "fix_applied" && detail === fix);
      if (!isListed) live.edits.push({ side: "response", kind: "fix_applied", detail: fix });
    }
    listedFixes = applied.length;
    return visible;
  }

  return {
    feed(bytes) {
      const filtered = filter === undefined ? bytes : filter.filter(bytes);
      return show(transform === undefined || filtered.length === 0 ? filtered : transform.feed(filtered));
    },
    end(isCut) {
      const rest = filter?.end() ?? EMPTY;
      if (transform === undefined) return show(rest);
      const fed = rest.length === 0 ? EMPTY : transform.feed(rest);
      const held = transform.end(isCut);
      return show(fed.length === 0 ? held : Buffer.concat([fed, held]));
    },
  };
}

const EMPTY = new Uint8Array(0);
