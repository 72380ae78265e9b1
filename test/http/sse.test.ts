/** @module Events come out as WHATWG says, and what providers put between them is not lost. */

import { expect, test } from "bun:test";

import { SseParser } from "../../src/http/sse.ts";
import { toBytes } from "../support/bytes.ts";

function parse(text: string | Uint8Array, size = Infinity, maxEventBytes = 1000) {
  const events: [string, string][] = [];
  const stray: string[] = [];
  let oversize = 0;
  const parser = new SseParser({
    onEvent: (type, data) => events.push([type, new TextDecoder().decode(data)]),
    onStray: (line) => stray.push(line),
    onOversize: () => (oversize += 1),
    maxEventBytes,
  });
  const bytes = toBytes(text);
  for (let at = 0; at < bytes.length; at += size) parser.feed(bytes.slice(at, at + size));
  parser.end();
  return { events, stray, oversize };
}

test.each([
  [
    "plain events",
    "data: a\n\ndata: b\n\n",
    [
      ["", "a"],
      ["", "b"],
    ],
  ],
  ["no space behind the colon", "event:x\ndata:a\n\n", [["x", "a"]]],
  ["only one space is taken away", "data:  a \n\n", [["", " a "]]],
  [
    "CRLF and CR line ends",
    "event: x\r\ndata: a\r\n\r\ndata: b\r\r",
    [
      ["x", "a"],
      ["", "b"],
    ],
  ],
  ["several data lines are joined by LF", "data: a\ndata\ndata: b\n\n", [["", "a\n\nb"]]],
  [
    "comments, ids and retries are passed over",
    ": OPENROUTER PROCESSING\n\n:\nid: 1\nretry: 5\ndata: a\n\n",
    [["", "a"]],
  ],
  ["an event type without data is no event", "event: ping\n\ndata: a\n\n", [["", "a"]]],
  ["a byte order mark is no part of the first field", "\u{feff}data: a\n\n", [["", "a"]]],
  [
    "a last event without its blank line is given out",
    "data: a\n\ndata: b",
    [
      ["", "a"],
      ["", "b"],
    ],
  ],
  ["characters of four bytes", "data: 🙂é\n\n", [["", "🙂é"]]],
])("%s", (_claim, text, wanted) => {
  expect(parse(text).events).toEqual(wanted as [string, string][]);
  expect(parse(text, 1).events).toEqual(wanted as [string, string][]);
});

test("gives out lines that are no fields as one text", () => {
  const { events, stray } = parse('data: a\n\nerror: {"x":1}\n\n{\n  "error": {}\n}\n');
  expect(events).toEqual([["", "a"]]);
  expect(stray).toEqual(['error: {"x":1}', '{\n  "error": {}\n}']);
});

test("skips an event over the bound and reads on", () => {
  const long = `data: ${"x".repeat(90)}\n\n`;
  const manyLines = `${`data: ${"x".repeat(30)}\n`.repeat(4)}\n`;
  expect(parse(`${long}data: a\n\n`, Infinity, 80)).toEqual({ events: [["", "a"]], stray: [], oversize: 1 });
  expect(parse(`${manyLines}data: a\n\n`, 3, 80)).toEqual({ events: [["", "a"]], stray: [], oversize: 1 });
});

test("reads a line of 3 MB in small pieces", () => {
  const { events } = parse(`data: ${"y".repeat(3_000_000)}\n\n`, 1021, 16 * 1024 * 1024);
  expect(events[0]?.[1].length).toBe(3_000_000);
});
