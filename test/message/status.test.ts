/** @module Messages of the children. */

import { expect, test } from "bun:test";

import { parseChildMessage } from "../../src/message/status.ts";

test("status messages are known by their type, everything else is passed over", () => {
  const message = { type: "recorder-status", status: { backlogBytes: 1 } };
  expect(parseChildMessage(message)).toEqual(message as never);
  expect(parseChildMessage({ type: "api-status", status: {} })?.type).toBe("api-status");
  for (const other of [null, "x", 5, {}, { type: "status", status: {} }, { type: "api-status", status: null }]) {
    expect(parseChildMessage(other)).toBeUndefined();
  }
});
