/** @module Places in the journal as text: where reading has to start to see an entry, and all after it, again. */

import { compareSegments } from "./segment.ts";

/** Text of one place in each series; kept by the recorder beside the rows it belongs to. */
export type Cursor = string;

/** A byte position in one series. Offset 0 means the beginning of the segment, header included. */
export type Position = { readonly epoch: number; readonly index: number; readonly offset: number };

/** Before every segment. */
export const START: Position = { epoch: 0, index: 0, offset: 0 };

const TEXT = /^(\d{1,16})-(\d{1,12})@(\d{1,16})\/(\d{1,16})-(\d{1,12})@(\d{1,16})$/;

/** Text of a pair of positions. */
export function toCursor(log: Position, body: Position): Cursor {
  return `${log.epoch}-${log.index}@${log.offset}/${body.epoch}-${body.index}@${body.offset}`;
}

/** The positions of a cursor; undefined when the text is none. */
export function parseCursor(text: string): { readonly log: Position; readonly body: Position } | undefined {
  const match = TEXT.exec(text);
  if (match === null) return undefined;
  const [, logEpoch, logIndex, logOffset, bodyEpoch, bodyIndex, bodyOffset] = match;
  return {
    log: { epoch: Number(logEpoch), index: Number(logIndex), offset: Number(logOffset) },
    body: { epoch: Number(bodyEpoch), index: Number(bodyIndex), offset: Number(bodyOffset) },
  };
}

/** Negative when `a` is earlier. Cursors of one reader never disagree between the series; text that is none sorts first. */
export function compareCursor(a: Cursor, b: Cursor): number {
  const left = parseCursor(a);
  const right = parseCursor(b);
  if (left === undefined || right === undefined) return Number(left !== undefined) - Number(right !== undefined);
  return comparePositions(left.log, right.log) || comparePositions(left.body, right.body);
}

function comparePositions(a: Position, b: Position): number {
  return compareSegments(a, b) || a.offset - b.offset;
}
