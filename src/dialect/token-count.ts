/** @module Endpoints that count tokens of a request without running it: Anthropic, OpenAI, Gemini, Vertex, Bedrock. */

import { createAnswerReader } from "./answer-reader.ts";
import { isPost, toPath } from "./call.ts";
import type { Dialect } from "./dialect.ts";
import type { Accounting, Draft, Grammar } from "./draft.ts";
import { type JsonRecord, toCount, toText } from "./value.ts";

function takeCount(draft: Draft, value: JsonRecord): void {
  draft.model = toText(value["model"]) ?? draft.model;
  draft.report(value, accountCount);
}

function accountCount(reported: JsonRecord): Accounting {
  const counted =
    toCount(reported["input_tokens"]) ??
    toCount(reported["totalTokens"]) ??
    toCount(reported["inputTokens"]) ??
    toCount(reported["total_tokens"]);
  return counted === undefined ? {} : { usage: { countedTokens: counted } };
}

const COUNT: Grammar = { take: takeCount, isBillable: false };

const COUNT_PATH =
  /\/messages\/count_tokens$|\/responses\/input_tokens$|:countTokens$|\/model\/[^/]+\/count-tokens$|\/models\/count-tokens:rawPredict$/;

export const tokenCount = {
  id: "token-count",
  matches: (context) => isPost(context) && COUNT_PATH.test(toPath(context)),
  kind: () => "other",
  isStreaming: () => false,
  createReader: (context) => createAnswerReader(context, COUNT),
} satisfies Dialect;
