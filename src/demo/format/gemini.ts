/** @module Gemini generateContent as the fake provider speaks it. Source: ai.google.dev/api/generate-content, read 2026-11-21. */

import { type JsonRecord, toList, toRecord, toText } from "../json.ts";
import { pickText } from "../random.ts";
import { countTokens } from "../tokens.ts";
import type { Answer, Ask, DemoFormat, FaultKind, WireError } from "./format.ts";
import { splitText } from "./pieces.ts";

const METHOD = /\/models\/([^/:]+):(generateContent|streamGenerateContent)$/;

export const gemini: DemoFormat = {
  id: "gemini",
  streamType: "text/event-stream",
  matches: (path) => METHOD.test(path),
  readAsk(path: string, _query: string, body: JsonRecord): Ask {
    const found = METHOD.exec(path);
    const contents = toList(body["contents"]);
    const part = toRecord(toList(toRecord(contents.at(-1))["parts"]).at(-1));
    const result = toRecord(toRecord(part["functionResponse"])["response"]);
    const config = toRecord(body["generationConfig"]);
    const isJson = config["responseMimeType"] === "application/json";
    return {
      model: found?.[1] ?? "gemini-2.5-flash",
      streaming: found?.[2] === "streamGenerateContent",
      fixedText: JSON.stringify([body["systemInstruction"], body["tools"]]),
      messages: contents,
      lastText: toText(part["text"]) ?? toText(result["output"]) ?? "",
      thinks: true,
      ...(isJson ? { schema: toRecord(config["responseJsonSchema"] ?? config["responseSchema"]) } : {}),
    };
  },
  toWhole: (answer) =>
    toChunk(answer, toParts(answer), { id: toId(answer), output: candidateTokens(answer), last: true }),
  toPieces(answer) {
    const id = toId(answer);
    const pieces = [
      ...splitText(answer.random, answer.reply.text ?? "").map((text) => [{ text }]),
      ...(answer.reply.toolCall === undefined ? [] : [[toCallPart(answer.reply.toolCall)]]),
    ];
    let output = 0;
    return pieces.map((parts, index) => {
      const last = index === pieces.length - 1;
      output = last ? candidateTokens(answer) : output + countTokens(JSON.stringify(parts)) - 3;
      // Gemini ends its lines with CRLF.
      return `data: ${JSON.stringify(toChunk(answer, parts, { id, output, last }))}\r\n\r\n`;
    });
  },
  toError(kind: FaultKind, message: string): WireError {
    const [code, status] = ERRORS[kind];
    return { status: code, body: { error: { code, message, status } } };
  },
};

const ERRORS: Readonly<Record<FaultKind, readonly [code: number, status: string]>> = {
  rate_limited: [429, "RESOURCE_EXHAUSTED"],
  overloaded: [503, "UNAVAILABLE"],
  context_length: [400, "INVALID_ARGUMENT"],
  unknown_path: [404, "NOT_FOUND"],
};

type Place = { readonly id: string; readonly output: number; readonly last: boolean };

function toId({ random }: Answer): string {
  return `demo${pickText(random, 18)}`;
}

function toParts({ reply }: Answer): readonly JsonRecord[] {
  return [
    ...(reply.text === undefined ? [] : [{ text: reply.text }]),
    ...(reply.toolCall === undefined ? [] : [toCallPart(reply.toolCall)]),
  ];
}

function toCallPart({ name, input }: { readonly name: string; readonly input: JsonRecord }): JsonRecord {
  return { functionCall: { name, args: input } };
}

/** Thoughts are counted beside the candidates, not in them. */
function candidateTokens({ count }: Answer): number {
  return count.outputTokens - count.reasoningTokens;
}

function toChunk({ ask, count }: Answer, parts: readonly JsonRecord[], { id, output, last }: Place): JsonRecord {
  return {
    candidates: [{ content: { parts, role: "model" }, ...(last ? { finishReason: "STOP" } : {}), index: 0 }],
    usageMetadata: {
      promptTokenCount: count.inputTokens,
      candidatesTokenCount: output,
      totalTokenCount: count.inputTokens + output + count.reasoningTokens,
      ...(count.cacheReadTokens === 0 ? {} : { cachedContentTokenCount: count.cacheReadTokens }),
      promptTokensDetails: [{ modality: "TEXT", tokenCount: count.inputTokens }],
      ...(count.reasoningTokens === 0 ? {} : { thoughtsTokenCount: count.reasoningTokens }),
    },
    modelVersion: ask.model,
    responseId: id,
  };
}
