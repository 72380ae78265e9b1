/** @module The hash chain over a conversation: one key per turn, the same whoever sends the turns again. */

import type { Conversation } from "./conversation.ts";

/** A hash that never gives one value for two texts, as hex. */
export type Digest = (text: string) => string;

export type Chain = {
  /** Keys behind the model's turns, newest first: where an earlier answer may be known by. */
  readonly keys: readonly string[];
  /** Key of the conversation with this answer behind it; undefined when the answer cannot be told from others. */
  toReplyKey(replyText: string | undefined): string | undefined;
};

/** Turns further back than this are not looked up: a fork from there is a new session. */
const MAX_KEYS = 64;

export function toChain(scope: string, conversation: Conversation, digest: Digest): Chain {
  const keys: string[] = [];
  let key = digest(`conversation\u0000${scope}\u0000${withoutTime(conversation.system)}`);
  let before = key;
  for (const { side, text } of conversation.groups) {
    before = key;
    key = link(digest, key, side, text);
    if (side === "answered" && text !== "") keys.push(key);
  }
  const last = conversation.groups.at(-1);
  return {
    keys: keys.toReversed().slice(0, MAX_KEYS),
    toReplyKey(replyText) {
      if (replyText === undefined || replyText === "") return undefined;
      if (last?.side !== "answered") return link(digest, key, "answered", replyText);
      // The client began the answer itself: both parts come back as one.
      return last.calls.length > 0 ? undefined : link(digest, before, "answered", last.text + replyText);
    },
  };
}

function link(digest: Digest, key: string, side: string, text: string): string {
  return digest(`${key}\u0000${side}\u0000${text}`);
}

/** Many system prompts tell the day or the hour: midnight must not end a session. */
function withoutTime(system: string): string {
  return system
    .replaceAll(/\b(?:mon|tues?|wed(?:nes)?|thu(?:rs)?|fri|sat(?:ur)?|sun)(?:day)?\b/gi, "day")
    .replaceAll(
      /\b(?:jan(?:uary)?|feb(?:ruary)?|mar(?:ch)?|apr(?:il)?|may|june?|july?|aug(?:ust)?|sep(?:t|tember)?|oct(?:ober)?|nov(?:ember)?|dec(?:ember)?)\b/gi,
      "month",
    )
    .replaceAll(/\b[ap]\.?m\b/gi, "m")
    .replaceAll(/\d+/g, "0");
}
