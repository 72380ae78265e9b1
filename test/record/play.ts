/** @module Plays journal entries of the tests' own wire format into an assembler. */

import { expect } from "bun:test";

import { type AssemblerOptions, createAssembler } from "../../src/record/assemble.ts";
import { decodeBody } from "../../src/record/decode.ts";
import type { Finished } from "../../src/record/finish.ts";
import type { Capture } from "../../src/store/store.ts";
import { createId, entriesOf, type Script } from "./entries.ts";
import { createLineDialect } from "./line-dialect.ts";

export const JSON_ANSWER = '{"model":"answered","text":"hello","in":7,"out":3,"done":true}';

export function setUp(options: Partial<AssemblerOptions> = {}) {
  const dialect = createLineDialect();
  const assembler = createAssembler({
    findDialect: (context) => (dialect.matches(context) ? dialect : undefined),
    decode: decodeBody,
    ...options,
  });
  return { dialect, assembler };
}

/** Plays one exchange alone and gives what came out of it. */
export function play(script: Script, options: Partial<AssemblerOptions> = {}) {
  const { dialect, assembler } = setUp(options);
  const id = createId();
  for (const entry of entriesOf(id, script)) assembler.push(entry, "at", 0);
  const finished = assembler.takeFinished();
  expect(finished.length).toBe(1);
  const { exchange, captures } = finished[0] as Finished;
  expect(exchange.id).toBe(id);
  expect(assembler.stats()).toMatchObject({ openExchanges: 0, heldBytes: 0 });
  const capture = (side: Capture["side"]) => captures.find((capture) => capture.side === side);
  return { exchange, request: capture("request"), response: capture("response"), dialect, captures };
}
