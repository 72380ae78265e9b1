/** @module Tagged calls as the tool calls of an OpenAI answer, with ids that no other answer has. */

import type { FixCall, FixReport } from "./fix.ts";
import { type DeclaredTools, findDeclaredTools, toArguments } from "./qwen-arguments.ts";
import type { TaggedCall } from "./qwen-tags.ts";

export type PromotedCall = {
  readonly id: string;
  readonly type: "function";
  readonly function: { readonly name: string; readonly arguments: string };
};

export type Promoter = {
  /** Tool calls for these blocks, or why they are none. */
  promote(calls: readonly TaggedCall[]): readonly PromotedCall[] | { readonly wrong: string };
  /** To be called when they are on their way to the client. */
  report(calls: readonly PromotedCall[]): void;
  reject(wrong: string): void;
};

/** Undefined when the request declares no tool. */
export function createPromoter({ exchangeId, requestBody }: FixCall, report: FixReport): Promoter | undefined {
  const tools: DeclaredTools = findDeclaredTools(requestBody);
  if (tools.size === 0) return undefined;
  const isSingle = (requestBody as { parallel_tool_calls?: unknown }).parallel_tool_calls === false;
  let count = 0;
  return {
    promote(calls) {
      if (isSingle && calls.length > 1) return { wrong: "several blocks where the request allows one tool call" };
      const promoted: PromotedCall[] = [];
      for (const call of calls) {
        const result = toArguments(call, tools);
        if ("wrong" in result) return result;
        const id = toCallId(exchangeId, count + promoted.length);
        promoted.push({ id, type: "function", function: { name: call.name, arguments: result.json } });
      }
      return promoted;
    },
    report(calls) {
      count += calls.length;
      for (const { id, function: called } of calls) {
        report.applied({ action: "promoted_qwen_tagged_tool_call", function: called.name, id });
      }
    },
    reject(wrong) {
      report.warn(`Qwen tool-call rewrite rejected: ${wrong}`);
    },
  };
}

/**
 * The random end of the exchange's UUIDv7 makes it unique over all answers. At most 40 characters, which is what OpenAI
 * accepts when the history of a conversation moves there (its error text says so, 2026-11-21).
 */
function toCallId(exchangeId: string, index: number): string {
  return `call_qwen_${exchangeId.replaceAll("-", "").slice(-24)}_${index}`;
}
