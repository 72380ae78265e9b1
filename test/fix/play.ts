/** @module A stream or a whole answer through the fix, as the proxy would send it. */

import type { FixOutcome } from "../../src/domain/fix.ts";
import { qwenTaggedToolCall } from "../../src/fix/qwen-tagged-tool-call.ts";
import { startFixes } from "../../src/fix/start.ts";

export const EXCHANGE_ID = "019aa3f0-1234-7abc-8def-0123456789ab";

/** The tool of the worked example. */
export const READ_FILE = {
  type: "function",
  function: {
    name: "read_file",
    parameters: {
      type: "object",
      properties: { filePath: { type: "string" }, startLine: { type: "number" }, endLine: { type: "number" } },
      required: ["filePath"],
    },
  },
};

export const REQUEST = { model: "qwen3", tools: [READ_FILE] };

/** A whole block that reads `path`. */
export function block(path: string, extra = ""): string {
  return `<tool_call>\n<function=read_file>\n<parameter=filePath>\n${path}\n</parameter>\n${extra}</function>\n</tool_call>`;
}

export type Played = { readonly text: string; readonly outcome: FixOutcome; readonly warnings: readonly string[] };

export type PlayOptions = {
  readonly request?: unknown;
  readonly contentType?: string | null;
  readonly isEncoded?: boolean;
  /** Bytes of one piece; all at once by default. */
  readonly pieceBytes?: number;
  readonly isCut?: boolean;
  readonly id?: string;
};

export function play(answer: string, options: PlayOptions = {}): Played {
  const { contentType = "text/event-stream", isEncoded = false, isCut = false } = options;
  const body = new TextEncoder().encode(JSON.stringify(options.request ?? REQUEST));
  const started = startFixes([qwenTaggedToolCall], { exchangeId: options.id ?? EXCHANGE_ID, body });
  const transform = started.toTransform({ contentType, isEncoded });
  const bytes = new TextEncoder().encode(answer);
  const size = options.pieceBytes ?? Math.max(1, bytes.length);
  const out: Uint8Array[] = [];
  for (let at = 0; at < bytes.length; at += size) {
    const piece = bytes.slice(at, at + size);
    out.push(transform === undefined ? piece : transform.feed(piece));
  }
  if (transform !== undefined) out.push(transform.end(isCut));
  const { outcome } = started;
  return { text: Buffer.concat(out).toString("utf8"), outcome, warnings: outcome.warnings.map(({ text }) => text) };
}

/** One chunk of a stream, as an event. */
export function chunk(delta: object, finish: string | null = null, extra: object = {}): string {
  const choices = [{ index: 0, delta, finish_reason: finish }];
  return `data: ${JSON.stringify({ id: "c1", object: "chat.completion.chunk", model: "qwen3", choices, ...extra })}\n\n`;
}

export const reasoning = (text: string): string => chunk({ reasoning_content: text });

export const USAGE = `data: {"id":"c1","choices":[],"usage":{"prompt_tokens":5,"completion_tokens":7}}\n\n`;
export const DONE = "data: [DONE]\n\n";

/** Values of the `data:` lines; `[DONE]` as text. */
export function dataOf(text: string): unknown[] {
  return text
    .split(/\r?\n/)
    .filter((line) => line.startsWith("data: "))
    .map((line) => (line === "data: [DONE]" ? "[DONE]" : JSON.parse(line.slice(6))));
}
