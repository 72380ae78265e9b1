/** @module Messages of the bus are told apart, and nothing else passes for one. */

import { expect, test } from "bun:test";

import { parseBusMessage } from "../../src/message/write.ts";

test("each kind of message is known by its type and has what it needs", () => {
  const write = { type: "write", id: 1, write: { name: "delete-object", kind: "key", id: "k" } };
  const result = { type: "write-result", id: 1, result: { ok: true, value: null } };
  const snapshot = { type: "snapshot", snapshot: { seq: 1, objects: [] } };
  for (const message of [write, result, snapshot]) expect(parseBusMessage(message)).toEqual(message as never);
  const others = [
    null,
    "write",
    {},
    { type: "status", status: {} },
    { ...write, id: "1" },
    { ...write, write: null },
    { type: "write-result", id: 1 },
    { type: "snapshot" },
    { type: "toString", id: 1 },
  ];
  for (const other of others) expect(parseBusMessage(other)).toBeUndefined();
});
