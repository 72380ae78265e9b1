/** @module Stored objects in the proxy process: the newest snapshot, told on, and there again after a start. */

import { afterEach, beforeEach, expect, test } from "bun:test";
import { mkdtempSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import type { StoredObject } from "../../src/domain/stored-object.ts";
import { createObjectBoard } from "../../src/proxy/object-board.ts";

let directory: string;
let file: string;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), "objects-"));
  file = join(directory, "objects.json");
});
afterEach(() => rmSync(directory, { recursive: true, force: true }));

const ROUTE: StoredObject = { kind: "route", id: "r", value: { to: "a" }, version: 1, createdAtMs: 1, changedAtMs: 1 };
const KEY: StoredObject = { ...ROUTE, kind: "key", id: "k" };

test("followers are told at once and after each change, and the next start knows what was said", () => {
  const board = createObjectBoard({ file, onProblem: () => {} });
  const seen: (readonly StoredObject[])[] = [];
  board.follow(() => seen.push(board.list("route")));
  board.receive({ seq: 0, objects: [] });
  board.receive({ seq: 1, objects: [ROUTE, KEY] });
  board.receive({ seq: 1, objects: [ROUTE, KEY] });
  expect(seen).toEqual([[], [ROUTE]]);
  expect(statSync(file).mode & 0o777).toBe(0o600);
  expect(createObjectBoard({ file, onProblem: () => {} }).list("key")).toEqual([KEY]);
});

test.each([
  '{"seq":1,"objects":[null]}',
  '{"seq":1,"objects":[{"kind":"key"}]}',
  '{"seq":"1","objects":[]}',
  "[]",
  "null",
  "",
])("%s in the file is no snapshot: the recorder's next one counts", (text) => {
  writeFileSync(file, text);
  const board = createObjectBoard({ file, onProblem: () => {} });
  expect(board.list("key")).toEqual([]);
  board.receive({ seq: 1, objects: [KEY] });
  expect(board.list("key")).toEqual([KEY]);
});

test("a broken file is no file, an unwritable one is told, and so is a follower that fails; the others go on", () => {
  writeFileSync(file, "{");
  const problems: string[] = [];
  const onProblem = (message: string): void => void problems.push(message);
  expect(createObjectBoard({ file, onProblem }).list("route")).toEqual([]);
  const board = createObjectBoard({ file: join(directory, "none", "objects.json"), onProblem });
  let told = 0;
  board.follow(() => {
    if (board.list("route").length > 0) throw new Error("no such upstream");
  });
  board.follow(() => (told += 1));
  board.receive({ seq: 4, objects: [ROUTE] });
  expect(told).toBe(2);
  expect(problems).toHaveLength(2);
  expect(problems[0]).toContain("could not be written");
  expect(problems[1]).toContain("no such upstream");
  expect(board.list("route")).toEqual([ROUTE]);
});
