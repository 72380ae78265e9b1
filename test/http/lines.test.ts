/** @module Lines come out the same wherever the bytes were split, and long ones are skipped. */

import { expect, test } from "bun:test";
import fc from "fast-check";

import { LineSplitter } from "../../src/http/lines.ts";
import { toBytes } from "../support/bytes.ts";

function split(pieces: readonly Uint8Array[], maxLineBytes = 1000, isCrBreak = true) {
  const lines: string[] = [];
  let skipped = 0;
  const splitter = new LineSplitter({
    onLine: (line) => lines.push(new TextDecoder().decode(line)),
    onLongLine: () => (skipped += 1),
    maxLineBytes,
    isCrBreak,
  });
  for (const piece of pieces) {
    const lent = piece.slice();
    splitter.feed(lent);
    lent.fill(0);
  }
  splitter.end();
  return { lines, skipped };
}

const singles = (text: string) => [...toBytes(text)].map((byte) => Uint8Array.of(byte));

test("ends lines at LF, CRLF and a lone CR, and keeps blank ones", () => {
  const text = "a\nb\r\nc\rd\n\r\n\n\re";
  const wanted = ["a", "b", "c", "d", "", "", "", "e"];
  expect(split([toBytes(text)]).lines).toEqual(wanted);
  expect(split(singles(text)).lines).toEqual(wanted);
});

test("keeps a lone CR inside the line where only LF counts", () => {
  expect(split([toBytes("a\rb\r\nc")], 1000, false).lines).toEqual(["a\rb", "c"]);
});

test("splits the same anywhere, also inside characters", () => {
  const piece = fc.constantFrom("a", "é", "🙂", "\n", "\r", "\r\n", "data: ");
  const cuts = fc.array(fc.nat(60), { maxLength: 8 });
  fc.assert(
    fc.property(fc.array(piece, { maxLength: 20 }), cuts, (parts, at) => {
      const bytes = toBytes(parts.join(""));
      const borders = [0, ...at.map((cut) => Math.min(cut, bytes.length)).sort((a, b) => a - b), bytes.length];
      const pieces = borders.slice(1).map((border, index) => bytes.slice(borders[index], border));
      expect(split(pieces)).toEqual(split([bytes]));
    }),
    { seed: 7, numRuns: 300 },
  );
});

test("skips a line over the bound once, however it arrives, and reads on behind it", () => {
  const text = `one\n${"x".repeat(50)}\ntwo\n`;
  expect(split([toBytes(text)], 10)).toEqual({ lines: ["one", "two"], skipped: 1 });
  expect(split(singles(text), 10)).toEqual({ lines: ["one", "two"], skipped: 1 });
});
