import { describe, expect, test } from "bun:test";
import type { ExchangeId } from "../../src/domain/id.ts";
import type { BodyEntry } from "../../src/journal/entry.ts";
import { Tap } from "../../src/proxy/tap.ts";

function tapWith(maxBytes: number) {
  const entries: BodyEntry[] = [];
  const tap = new Tap({
    id: "01a1fd37-1c0d-7739-be33-f20b1d5790ed" as ExchangeId,
    side: "response",
    capture: "full",
    maxBytes,
    sink: { body: (entry) => entries.push({ ...entry, bytes: entry.bytes.slice() }) },
  });
  return { tap, entries };
}

describe("the tap", () => {
  test("hands over each piece with its place and time", () => {
    const { tap, entries } = tapWith(100);
    tap.push(Uint8Array.of(1, 2, 3), 5);
    tap.push(Uint8Array.of(4), 7);
    tap.close(9);
    expect(entries.map(({ offset, atMs, bytes }) => [offset, atMs, [...bytes]])).toEqual([
      [0, 5, [1, 2, 3]],
      [3, 7, [4]],
    ]);
    expect([tap.passed, tap.kept]).toEqual([4, 4]);
  });

  test("keeps the head and the tail of a body over its bound, with their true places", () => {
    const { tap, entries } = tapWith(1000);
    const piece = 64 * 1024;
    const whole = new Uint8Array(piece * 40).map((_, index) => index % 251);
    for (let at = 0; at < whole.length; at += piece) tap.push(whole.subarray(at, at + piece), at);
    tap.close(1);
    expect(tap.passed).toBe(whole.length);
    for (const entry of entries) {
      expect(Buffer.from(entry.bytes).equals(whole.subarray(entry.offset, entry.offset + entry.bytes.length))).toBe(
        true,
      );
    }
    const last = entries.at(-1);
    expect((last?.offset ?? 0) + (last?.bytes.length ?? 0)).toBe(whole.length);
    expect(entries[0]?.bytes.length).toBe(1000);
    expect(tap.kept).toBeLessThan(1000 + 2 * 256 * 1024 + piece);
    expect(tap.kept).toBeGreaterThanOrEqual(1000 + 256 * 1024);
  });
});
