/** @module An answer that a fix changed, as its client understands it: the next request goes on from that. */

import type { Dialect, ReadContext, Reading } from "../dialect/dialect.ts";
import type { AppliedFix } from "../domain/fix.ts";
import { toAnsweredText } from "../session/conversation.ts";
import { type Reply, ReplyWatch } from "../session/reply.ts";
import { AnswerFeed } from "./answer-feed.ts";

export type FixedAnswer = {
  readonly applied: readonly AppliedFix[];
  /** All bytes that the client got; undefined when they were not kept whole. */
  readonly bytes: Uint8Array | undefined;
  readonly dialect: Dialect;
  readonly context: ReadContext;
  readonly wantsText: boolean;
};

type Understood = { readonly reading?: Reading | undefined; readonly reply?: Reply | undefined };

/**
 * What was read of the upstream's answer, with the words, calls and finish reason that the client got. Without its bytes
 * the calls are those that the fixes name. Never throws.
 */
export function readFixedAnswer(sent: Understood, fixed: FixedAnswer): Understood {
  const { applied, bytes, dialect, context, wantsText } = fixed;
  if (bytes === undefined) return { ...sent, reply: withCalls(sent.reply, applied, wantsText) };
  const watch = new ReplyWatch(wantsText);
  const feed = new AnswerFeed(dialect, context, watch);
  feed.add(0, bytes, 0);
  const finishReason = feed.end(false).reading?.finishReason;
  const { reading } = sent;
  return {
    reading: reading === undefined || finishReason === undefined ? reading : { ...reading, finishReason },
    reply: watch.end(),
  };
}

function withCalls(reply: Reply | undefined, applied: readonly AppliedFix[], wantsText: boolean): Reply {
  const calls = applied.flatMap(({ function: name, id }) =>
    name === undefined ? [] : [{ name, ...(id === undefined ? {} : { id }) }],
  );
  const text = wantsText ? toAnsweredText(reply?.text ?? "", calls) : "";
  return {
    ...(text === "" ? {} : { text }),
    toolCalls: [...(reply?.toolCalls ?? []), ...calls],
    itemIds: reply?.itemIds ?? [],
  };
}
