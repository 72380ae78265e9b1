/** @module Calls whose format no path tells: read by the shape of what comes back. */

import { createAnswerReader } from "./answer-reader.ts";
import { asksForStream, findRequestModel, isPost, toRequest } from "./call.ts";
import type { Dialect, ReadContext } from "./dialect.ts";
import type { Grammar } from "./draft.ts";
import { takeByShape } from "./shape.ts";

const BY_SHAPE: Grammar = { take: takeByShape };
const RE_READ: Grammar = { ...BY_SHAPE, isBillable: false };

/** Matches every call: the last of the list. */
export const unknown = {
  id: "unknown",
  matches: () => true,
  kind: (context) => (isGeneration(context) ? "generation" : "other"),
  isStreaming: asksForStream,
  createReader: (context) => createAnswerReader(context, isPost(context) ? BY_SHAPE : RE_READ),
} satisfies Dialect;

/** A POST that names a model and gives it something to work on. */
function isGeneration(context: ReadContext): boolean {
  const body = isPost(context) ? toRequest(context) : undefined;
  if (body === undefined || findRequestModel(context) === undefined) return false;
  return INPUTS.some((name) => body[name] !== undefined && body[name] !== null);
}

const INPUTS = ["messages", "prompt", "input", "inputs", "contents"];
