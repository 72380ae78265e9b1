/** @module Reads an encoded answer once it is complete: decoded as a whole, its first output found by bisection. */

import type { AnswerWatch, Dialect, ReadContext } from "../dialect/dialect.ts";
import { AnswerFeed } from "./answer-feed.ts";
import type { ChunkTime } from "./chunk-times.ts";
import type { DecodeBody } from "./decode.ts";

export type EncodedAnswer = {
  readonly wire: Uint8Array;
  readonly encoding: string;
  readonly chunks: readonly ChunkTime[];
  /** Bytes are missing at the end of `wire`. */
  readonly isCut: boolean;
};

export type EncodedReading = ReturnType<AnswerFeed["end"]> & { readonly ttftMs?: number };

/** Never throws. @param maxBytes bound of the decoded size */
export function readEncodedAnswer(
  answer: EncodedAnswer,
  dialect: Dialect,
  context: ReadContext,
  decode: DecodeBody,
  maxBytes: number,
  watch?: AnswerWatch,
): EncodedReading {
  const decoded = decode(answer.wire, answer.encoding, maxBytes);
  const feed = feedAll(decoded.bytes, watch);
  const firstMs = findFirstOutputMs();
  const { reading, warnings } = feed.end(answer.isCut || !decoded.isWhole);
  return {
    reading,
    warnings: [...decoded.warnings, ...warnings],
    ...(firstMs === undefined ? {} : { ttftMs: firstMs }),
  };

  function feedAll(bytes: Uint8Array, watch?: AnswerWatch): AnswerFeed {
    const feed = new AnswerFeed(dialect, context, watch);
    feed.add(0, bytes, 0);
    return feed;
  }

  /** Doubling, then halving: the first output is mostly near the start, so little is decoded twice. */
  function findFirstOutputMs(): number | undefined {
    const { chunks, wire, encoding } = answer;
    if (feed.ttftMs === undefined || chunks.length === 0) return undefined;
    const hasOutput = (count: number): boolean => {
      const until = chunks[count]?.[0] ?? wire.length;
      const part = decode(wire.subarray(0, until), encoding, maxBytes);
      return part.bytes.length > 0 && part.warnings.length === 0 && feedAll(part.bytes).ttftMs !== undefined;
    };
    let without = 0;
    let within = 1;
    while (within < chunks.length && !hasOutput(within)) {
      without = within;
      within *= 2;
    }
    within = Math.min(within, chunks.length);
    while (within - without > 1) {
      const middle = (without + within) >> 1;
      if (hasOutput(middle)) within = middle;
      else without = middle;
    }
    return chunks[within - 1]?.[1];
  }
}
