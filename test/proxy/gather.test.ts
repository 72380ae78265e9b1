import { describe, expect, test } from "bun:test";
import { createGatherPatience, gather, isGatherable, type Piece, type PieceSource } from "../../src/proxy/gather.ts";
import { createPatience } from "../../src/proxy/patience.ts";

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);
const piece = (text: string): Piece => ({ done: false, value: bytes(text) });

/** An upstream that sends these pieces, each after so many ms; then it is silent. */
function script(...steps: readonly (readonly [ms: number, piece: Piece])[]): PieceSource {
  let at = 0;
  return {
    async next() {
      const step = steps[at++];
      if (step === undefined) return new Promise(() => {});
      await Bun.sleep(step[0]);
      return step[1];
    },
  };
}

const now = () => performance.now();
const patience = createGatherPatience(now);
/** For a busy machine, on which the true one may be over before the second piece is here. */
const untroubled = createPatience(5000, now);
const text = (pieces: readonly Uint8Array[]): string => Buffer.concat(pieces).toString();

describe("gathering", () => {
  test("is for declared lengths up to 1 MiB", () => {
    expect([undefined, 0, 1024 * 1024, 1024 * 1024 + 1].map(isGatherable)).toEqual([false, true, true, false]);
  });

  test("joins what comes at once, and asks for nothing behind the declared length", async () => {
    const { isWhole, pieces } = await gather(script([0, piece("ab")], [0, piece("cd")]), 4, untroubled);
    expect([isWhole, text(pieces)]).toEqual([true, "abcd"]);
    expect(await gather(script(), 0, patience)).toEqual({ isWhole: true, pieces: [] });
  });

  test("hands on what came in time, and the piece that is late, once each", async () => {
    const gathered = await gather(script([0, piece("ab")], [60, piece("cd")]), 4, patience);
    if (gathered.isWhole) throw new Error("gathered whole");
    expect(text(gathered.pieces)).toBe("ab");
    expect(await gathered.pending).toEqual(piece("cd"));
    expect(text(gathered.pieces)).toBe("ab");
  });

  test.each([{ done: true } as const, { failed: new Error("cut") }])(
    "hands on an end that came too early: %o",
    async (end) => {
      const gathered = await gather(script([0, piece("ab")], [0, end]), 4, untroubled);
      if (gathered.isWhole) throw new Error("gathered whole");
      expect([text(gathered.pieces), await gathered.pending]).toEqual(["ab", end]);
    },
  );
});
