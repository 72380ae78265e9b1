/** @module Frames come out whole wherever the bytes were split; broken ones are told of and never guessed. */

import { expect, test } from "bun:test";

import { EventStreamDecoder } from "../../src/http/eventstream.ts";
import { concatBytes } from "../support/bytes.ts";
import { toEventStreamFrame } from "../support/eventstream-frame.ts";

function decode(bytes: Uint8Array, size = Infinity, maxFrameBytes?: number) {
  const messages: [Record<string, string>, string][] = [];
  const problems: string[] = [];
  const decoder = new EventStreamDecoder({
    onMessage: ({ headers, payload }) =>
      messages.push([Object.fromEntries(headers), new TextDecoder().decode(payload)]),
    onProblem: (problem) => problems.push(problem),
    ...(maxFrameBytes === undefined ? {} : { maxFrameBytes }),
  });
  for (let at = 0; at < bytes.length; at += size) decoder.feed(bytes.slice(at, at + size));
  return { messages, problems, isInFrame: decoder.isInFrame };
}

const first = toEventStreamFrame(
  [
    [":event-type", "chunk"],
    [":message-type", "event"],
  ],
  '{"bytes":"é"}',
);
const second = toEventStreamFrame([], "");
const third = toEventStreamFrame([[":message-type", "exception"]], "{}");
const all = concatBytes([first, second, third]);
const wanted = [
  [{ ":event-type": "chunk", ":message-type": "event" }, '{"bytes":"é"}'],
  [{}, ""],
  [{ ":message-type": "exception" }, "{}"],
] as [Record<string, string>, string][];

test.each([Infinity, 1, 2, 7, 13, 40])("reads all frames in pieces of %d bytes", (size) => {
  expect(decode(all, size)).toEqual({ messages: wanted, problems: [], isInFrame: false });
});

test("knows that it ended inside a frame", () => {
  for (let cut = 1; cut < first.length; cut++) {
    expect(decode(first.slice(0, cut))).toEqual({ messages: [], problems: [], isInFrame: true });
  }
});

test("skips a frame with a wrong checksum and reads on", () => {
  const broken = first.slice();
  broken[20] = (broken[20] ?? 0) ^ 1;
  const result = decode(concatBytes([broken, third]), 5);
  expect(result.messages).toEqual(wanted.slice(2));
  expect(result.problems).toEqual(["frame with a wrong checksum"]);
});

test("stops at a broken prelude, whose lengths nobody can trust", () => {
  const broken = first.slice();
  broken[3] = (broken[3] ?? 0) ^ 1;
  const result = decode(concatBytes([second, broken, third]), 5);
  expect(result.messages).toEqual(wanted.slice(1, 2));
  expect(result.problems).toEqual(["broken prelude"]);
});

test("skips a frame over the bound exactly", () => {
  const result = decode(concatBytes([first, second, third]), 3, 50);
  expect(result.messages).toEqual(wanted.slice(1));
  expect(result.problems).toEqual(["frame too long"]);
});

test("reads on behind headers of every type and stops at a type nobody knows", () => {
  const frame = (type: number, value: number[]) => {
    const name = [1, 97];
    const text = [1, 98, 7, 0, 1, 99];
    return Uint8Array.from([...name, type, ...value, ...text]);
  };
  const read = (headers: Uint8Array) => {
    const bytes = new Uint8Array(16 + headers.length);
    const view = new DataView(bytes.buffer);
    view.setUint32(0, bytes.length);
    view.setUint32(4, headers.length);
    view.setUint32(8, Bun.hash.crc32(bytes.subarray(0, 8)));
    bytes.set(headers, 12);
    view.setUint32(bytes.length - 4, Bun.hash.crc32(bytes.subarray(0, -4)));
    return decode(bytes).messages[0]?.[0];
  };
  const sizes = [0, 0, 1, 2, 4, 8];
  for (const [type, size] of sizes.entries()) expect(read(frame(type, Array(size).fill(1)))).toEqual({ b: "c" });
  expect(read(frame(6, [0, 2, 9, 9]))).toEqual({ b: "c" });
  expect(read(frame(8, Array(8).fill(1)))).toEqual({ b: "c" });
  expect(read(frame(9, Array(16).fill(1)))).toEqual({ b: "c" });
  expect(read(frame(77, []))).toEqual({});
});

test("never throws on any bytes", () => {
  const bytes = Uint8Array.from({ length: 400 }, (_, index) => (index * 73 + 11) % 256);
  for (let start = 0; start < 300; start++) decode(bytes.slice(start), 9);
  for (let at = 12; at < first.length; at++) {
    const lengths = first.slice();
    lengths[at] = 255;
    new DataView(lengths.buffer).setUint32(lengths.length - 4, Bun.hash.crc32(lengths.subarray(0, -4)));
    expect(decode(lengths).messages.length).toBe(1);
  }
});
