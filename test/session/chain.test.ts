/** @module Keys of a conversation: an answer's key comes back among those of the next request, and nowhere else. */

import { expect, test } from "bun:test";

import { toChain } from "../../src/session/chain.ts";
import { type Conversation, toConversation } from "../../src/session/conversation.ts";
import { digest } from "./client-request.ts";

function conversation(system: string, ...texts: readonly string[]): Conversation {
  const messages = texts.map((content, at) => ({ role: at % 2 === 0 ? "user" : "assistant", content }));
  const found = toConversation({ system, messages });
  if (found === undefined) throw new Error("no messages");
  return found;
}

const chain = (scope: string, system: string, ...texts: readonly string[]) =>
  toChain(scope, conversation(system, ...texts), digest);

test("the key of an answer is the newest key of the request that goes on from it", () => {
  const key = chain("s", "S", "hi").toReplyKey("hello");
  expect(key).toBeString();
  expect(chain("s", "S", "hi", "hello", "and?").keys).toEqual([key ?? ""]);
  const later = chain("s", "S", "hi", "hello", "and?").toReplyKey("yes");
  expect(chain("s", "S", "hi", "hello", "and?", "yes", "so?").keys).toEqual([later ?? "", key ?? ""]);
});

test("another scope, system prompt, question or answer has another key", () => {
  const keys = [
    chain("s", "S", "hi").toReplyKey("hello"),
    chain("t", "S", "hi").toReplyKey("hello"),
    chain("s", "T", "hi").toReplyKey("hello"),
    chain("s", "S", "ho").toReplyKey("hello"),
    chain("s", "S", "hi").toReplyKey("hallo"),
    chain("s", "S", "hi", "hello", "hi").toReplyKey("hello"),
  ];
  expect(new Set(keys).size).toBe(6);
});

test("midnight in the system prompt changes nothing", () => {
  const monday = chain("s", "Today is Monday, Nov 30, 2026, 11:59 PM. Be kind.", "hi").toReplyKey("hello");
  expect(chain("s", "Today is Tuesday, December 1, 2026, 0:01 am. Be kind.", "hi").toReplyKey("hello")).toBe(monday);
  expect(chain("s", "Today is Tuesday, December 1, 2026, 0:01 am. Be curt.", "hi").toReplyKey("hello")).not.toBe(
    monday,
  );
});

test("an answer that the client began comes back as one", () => {
  const key = chain("s", "S", "hi", "{").toReplyKey("}");
  expect(chain("s", "S", "hi", "{}", "more").keys).toEqual([key ?? ""]);
});

test("an answer of nothing leaves no key", () => {
  expect(chain("s", "S", "hi").toReplyKey("")).toBeUndefined();
  expect(chain("s", "S", "hi").toReplyKey(undefined)).toBeUndefined();
});

test("a long conversation asks for its newest keys only", () => {
  const texts = Array.from({ length: 401 }, (_, at) => `${at}`);
  expect(chain("s", "S", ...texts).keys.length).toBe(64);
  expect(chain("s", "S", ...texts).keys[0]).toBe(chain("s", "S", ...texts.slice(0, -2)).toReplyKey("399") ?? "");
});
