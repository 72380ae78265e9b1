/** @module Reads a hand-written answer with the dialect its call chooses. */

import type { ReadContext, Reading } from "../../src/dialect/dialect.ts";
import { findDialect } from "../../src/dialect/registry.ts";
import { toBytes } from "./bytes.ts";

/** A call to OpenAI's chat unless told otherwise. */
export function toContext(facts: Partial<ReadContext> = {}): ReadContext {
  return {
    provider: "openai",
    method: "POST",
    path: "/v1/chat/completions",
    query: "",
    requestBody: { model: "asked-model", messages: [] },
    requestContentType: "application/json",
    statusCode: 200,
    responseContentType: "application/json",
    responseHeaders: [],
    ...facts,
  };
}

/** @param answer text, bytes, or a value that is sent as JSON */
export function readAnswer(answer: unknown, facts: Partial<ReadContext> = {}, truncated = false): Reading {
  const context = toContext(facts);
  const reader = findDialect(context).createReader(context);
  reader.feed(
    typeof answer === "string" || answer instanceof Uint8Array ? toBytes(answer) : toBytes(JSON.stringify(answer)),
  );
  return reader.end({ truncated });
}

/** Events with their data as JSON; texts stay as they are. */
export function toSse(...events: readonly unknown[]): string {
  return events.map((event) => `data: ${typeof event === "string" ? event : JSON.stringify(event)}\n\n`).join("");
}

export const EVENT_STREAM = { responseContentType: "text/event-stream" } as const;
