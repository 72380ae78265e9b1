/** @module How a text is cut into the pieces of a stream, and how events are framed. */

import { pickInteger, type Random } from "../random.ts";

const MOST_PIECES = 60;

/** Pieces of one or two words each, more words for long texts; joined they are the text. */
export function splitText(random: Random, text: string): string[] {
  const words = text.match(/\S+\s*|\s+/g) ?? [];
  const most = Math.max(2, Math.ceil((words.length * 1.5) / MOST_PIECES));
  const pieces: string[] = [];
  for (let at = 0; at < words.length;) {
    const size = pickInteger(random, 1, most);
    pieces.push(words.slice(at, at + size).join(""));
    at += size;
  }
  return pieces;
}

/** One server-sent event; the data is JSON and so has no line end. */
export function toEvent(value: unknown, name?: string): string {
  return `${name === undefined ? "" : `event: ${name}\n`}data: ${JSON.stringify(value)}\n\n`;
}
