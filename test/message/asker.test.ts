/** @module Questions to another process: each is answered once, by it, by its absence or by the deadline. */

import { expect, test } from "bun:test";

import { createAsker } from "../../src/message/asker.ts";
import type { Write, WriteMessage } from "../../src/message/write.ts";

const WRITE: Write = { name: "delete-object", kind: "key", id: "k" };
const DONE = { ok: true, value: 7 } as const;

test("answers find their questions in any order", async () => {
  const sent: WriteMessage[] = [];
  const asker = createAsker({ send: (message) => sent.push(message) > 0 });
  const [first, second] = [asker.ask(WRITE), asker.ask({ ...WRITE, id: "l" })];
  asker.receive({ type: "write-result", id: 99, result: DONE });
  asker.receive({ type: "write-result", id: sent[1]?.id ?? 0, result: DONE });
  expect(await second).toEqual(DONE);
  asker.receive({ type: "write-result", id: sent[0]?.id ?? 0, result: { ok: true, value: 8 } });
  asker.receive({ type: "write-result", id: sent[0]?.id ?? 0, result: DONE });
  expect(await first).toEqual({ ok: true, value: 8 });
});

test("no one to ask, no answer in time, one who left and too many questions are told as unavailable", async () => {
  expect(await createAsker({ send: () => false }).ask(WRITE)).toMatchObject({ ok: false, code: "unavailable" });
  const mute = createAsker({ send: () => true, timeoutMs: 20, maxWaiting: 2 });
  const [late, later] = [mute.ask(WRITE), mute.ask(WRITE)];
  expect(await mute.ask(WRITE)).toMatchObject({ code: "unavailable", message: "Too many writes are under way." });
  expect(await late).toMatchObject({ code: "unavailable", message: "The recorder did not answer in time." });
  await later;
  const left = createAsker({ send: () => true });
  const waiting = left.ask(WRITE);
  left.refuseAll("It is gone.");
  expect(await waiting).toEqual({ ok: false, code: "unavailable", message: "It is gone." });
});
