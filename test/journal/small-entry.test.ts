/** @module What is left of an entry too large for a frame. */

import { expect, test } from "bun:test";
import { toSmallEntry } from "../../src/journal/small-entry.ts";
import { headOf, idOf } from "../support/journal.ts";

test("lists go and texts are cut, everything short stays", () => {
  const value = headOf(idOf(1), { query: "q".repeat(5000) });
  expect(toSmallEntry({ type: "head", seq: 7, value })).toEqual({
    type: "head",
    seq: 7,
    value: { ...value, headers: [], query: "q".repeat(1024) },
  });
});
