/** @module The hash of session ids and keys. */

import { expect, test } from "bun:test";

import { digest } from "../../src/record/digest.ts";

test("is the beginning of SHA-256 and counts every character", () => {
  expect(digest("abc")).toBe("ba7816bf8f01cfea414140de5dae2223");
  expect(digest("abc\0")).not.toBe(digest("abc"));
});
