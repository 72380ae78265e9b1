/** @module Sessions found across exchanges: continued, forked, kept apart, and never two unrelated conversations in one. */

import { describe, expect, test } from "bun:test";
import fc from "fast-check";

import type { SessionKey } from "../../src/domain/session.ts";
import { digest } from "../../src/record/digest.ts";
import type { Finished } from "../../src/record/finish.ts";
import { SessionBook } from "../../src/record/session-book.ts";
import { toAnsweredText } from "../../src/session/conversation.ts";
import { identify } from "../../src/session/identify.ts";
import { exchange } from "../support/exchange.ts";
import { request } from "../session/client-request.ts";

/** What a store keeps of keys, the one thing a restart leaves. */
function createKeys() {
  const kept = new Map<string, SessionKey>();
  return {
    kept,
    findKeys: async (keys: readonly string[]) => keys.flatMap((key) => kept.get(key) ?? []),
    commit(finished: Finished): void {
      for (const key of finished.sessionKeys ?? []) kept.set(key.key, key);
    },
  };
}

type Turn = {
  readonly said: readonly string[];
  readonly reply?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: object;
  readonly more?: Parameters<typeof request>[2];
  readonly exchange?: Parameters<typeof exchange>[0];
  readonly itemIds?: readonly string[];
};

function createStage(maxHeldKeys?: number) {
  const keys = createKeys();
  const open = () =>
    new SessionBook({ digest, findKeys: keys.findKeys, ...(maxHeldKeys === undefined ? {} : { maxHeldKeys }) });
  let book = open();
  return {
    keys,
    restart: () => void (book = open()),
    /** Messages are the user's and the model's in turns. */
    async take({ said, reply, headers = {}, body, more, exchange: fields, itemIds = [] }: Turn): Promise<Finished> {
      const messages = said.map((content, at) => ({ role: at % 2 === 0 ? "user" : "assistant", content }));
      const identity = identify(request(headers, { messages, ...body }, more), { digest });
      const text = reply === undefined ? undefined : toAnsweredText(reply, []);
      const settled = await book.settle({
        exchange: exchange(fields),
        captures: [],
        unsettled: { identity, reply: { ...(text === undefined ? {} : { text }), toolCalls: [], itemIds } },
      });
      keys.commit(settled);
      return settled;
    },
  };
}

const sessionOf = (finished: Finished): string | undefined => finished.exchange.sessionId;

describe("a conversation that nothing names", () => {
  test("is one session, marked as inferred, over a restart and midnight", async () => {
    const stage = createStage();
    const midnight = Date.UTC(2026, 10, 21);
    const system = (day: string) => ({ system: `Today is ${day}.` });
    const first = await stage.take({
      said: ["hi"],
      reply: "hello",
      body: system("Friday, Nov 20"),
      exchange: { startedAtMs: midnight - 2000 },
    });
    stage.restart();
    const second = await stage.take({
      said: ["hi", "hello", "and?"],
      reply: "so",
      body: system("Saturday, Nov 21"),
      exchange: { startedAtMs: midnight + 1000 },
    });
    stage.restart();
    const third = await stage.take({
      said: ["hi", "hello", "and?", "so", "bye"],
      reply: "bye",
      body: system("Saturday, Nov 21"),
    });
    expect(sessionOf(second)).toBe(sessionOf(first) ?? "");
    expect(sessionOf(third)).toBe(sessionOf(first) ?? "");
    expect(first.exchange).toMatchObject({ sessionEvidence: "first message", sessionInferred: true });
    expect(second.exchange).toMatchObject({ sessionEvidence: "message prefix", sessionInferred: true });
    expect(first.sessions).toMatchObject([{ id: sessionOf(first), inferred: true, firstAtMs: midnight - 2000 }]);
  });

  test("two that begin with the same words stay two", async () => {
    const stage = createStage();
    const a = await stage.take({ said: ["hi"], reply: "hello" });
    const b = await stage.take({ said: ["hi"], reply: "good day" });
    expect(sessionOf(a)).not.toBe(sessionOf(b));
    expect(sessionOf(await stage.take({ said: ["hi", "good day", "x"] }))).toBe(sessionOf(b) ?? "");
    expect(sessionOf(await stage.take({ said: ["hi", "hello", "x"] }))).toBe(sessionOf(a) ?? "");
  });

  test("two that got the same answer too begin anew where they part", async () => {
    const stage = createStage();
    const openings = [
      await stage.take({ said: ["hi"], reply: "hello" }),
      await stage.take({ said: ["hi"], reply: "hello" }),
    ];
    const next = [
      await stage.take({ said: ["hi", "hello", "x"], reply: "1" }),
      await stage.take({ said: ["hi", "hello", "y"], reply: "2" }),
    ];
    expect(new Set([...openings, ...next].map(sessionOf)).size).toBe(4);
    expect(next[0]?.exchange.sessionEvidence).toBe("message prefix, ambiguous");
    const later = await stage.take({ said: ["hi", "hello", "x", "1", "z"], reply: "3" });
    expect(sessionOf(later)).toBe(sessionOf(next[0] as Finished) ?? "");
  });

  test("a second way on from one answer is a fork with its parent", async () => {
    const stage = createStage();
    const first = await stage.take({ said: ["hi"], reply: "hello" });
    await stage.take({ said: ["hi", "hello", "x"], reply: "1" });
    const fork = await stage.take({ said: ["hi", "hello", "y"], reply: "2" });
    expect(fork.exchange).toMatchObject({ parentSessionId: sessionOf(first), sessionEvidence: "message prefix, fork" });
    expect(sessionOf(fork)).not.toBe(sessionOf(first) ?? "");
    expect(sessionOf(await stage.take({ said: ["hi", "hello", "y", "2", "z"] }))).toBe(sessionOf(fork) ?? "");
    expect(sessionOf(await stage.take({ said: ["hi", "hello", "x", "1", "z"] }))).toBe(sessionOf(first) ?? "");
  });

  test("a try that failed is no turn: its retry is no fork", async () => {
    const stage = createStage();
    const first = await stage.take({ said: ["hi"], reply: "hello" });
    const failed = await stage.take({ said: ["hi", "hello", "x"], exchange: { statusCode: 529 } });
    const aborted = await stage.take({ said: ["hi", "hello", "x"], reply: "par", exchange: { state: "aborted" } });
    const again = await stage.take({ said: ["hi", "hello", "x"], reply: "1" });
    expect([failed, aborted, again].map(sessionOf)).toEqual(Array.from({ length: 3 }, () => sessionOf(first)));
  });

  test("another key, provider, family or system prompt is another session", async () => {
    const stage = createStage();
    const first = await stage.take({
      said: ["hi"],
      reply: "hello",
      more: { credentialHash: "a", model: "gpt-5" },
      body: { system: "S" },
    });
    const others = [
      { more: { credentialHash: "b", model: "gpt-5" }, body: { system: "S" } },
      { more: { credentialHash: "a", model: "gpt-5", provider: "azure" }, body: { system: "S" } },
      { more: { credentialHash: "a", model: "claude-opus-4-8" }, body: { system: "S" } },
      { more: { credentialHash: "a", model: "gpt-5" }, body: { system: "T" } },
    ];
    for (const other of others)
      expect(sessionOf(await stage.take({ said: ["hi", "hello", "x"], ...other }))).not.toBe(sessionOf(first) ?? "");
    const same = { more: { credentialHash: "a", model: "gpt-5-mini" }, body: { system: "S" } };
    expect(sessionOf(await stage.take({ said: ["hi", "hello", "x"], ...same }))).toBe(sessionOf(first) ?? "");
  });
});

describe("a chain of response ids", () => {
  const turn = (id: string, previous?: string): Turn => ({
    said: [],
    body: { input: "x", ...(previous === undefined ? {} : { previous_response_id: previous }) },
    exchange: { dialect: "openai-responses", responseId: id },
    reply: `answer ${id}`,
  });

  test("is one session from the first answer on, over a restart", async () => {
    const stage = createStage();
    const first = await stage.take(turn("r1"));
    const second = await stage.take(turn("r2", "r1"));
    stage.restart();
    const third = await stage.take(turn("r3", "r2"));
    expect([second, third].map(sessionOf)).toEqual([sessionOf(first), sessionOf(first)]);
    expect(third.exchange).toMatchObject({ sessionEvidence: "body previous_response_id", sessionInferred: false });
    expect((await stage.take(turn("r4", "r2"))).exchange).toMatchObject({
      sessionId: sessionOf(first),
      sessionEvidence: "body previous_response_id, fork",
    });
  });

  test("goes on from a session that had a name", async () => {
    const stage = createStage();
    const named = await stage.take({ ...turn("r1"), headers: { "x-session-id": "mine" } });
    expect(sessionOf(await stage.take(turn("r2", "r1")))).toBe(sessionOf(named) ?? "");
  });

  test("that began before the recording is one session all the same", async () => {
    const stage = createStage();
    const first = await stage.take(turn("r2", "r1"));
    expect(sessionOf(await stage.take(turn("r3", "r2")))).toBe(sessionOf(first) ?? "");
  });

  test("of another key is unknown", async () => {
    const stage = createStage();
    const first = await stage.take({ ...turn("r1"), more: { credentialHash: "a" } });
    const stolen = await stage.take({ ...turn("r2", "r1"), more: { credentialHash: "b" } });
    expect(sessionOf(stolen)).not.toBe(sessionOf(first) ?? "");
  });

  test("can go by stored items as the AI SDK names them", async () => {
    const stage = createStage();
    const first = await stage.take({ ...turn("r1"), itemIds: ["rs_1", "msg_1"] });
    const next = await stage.take({
      ...turn("r2"),
      body: {
        input: [
          { role: "user", content: "x" },
          { type: "item_reference", id: "msg_1" },
          { role: "user", content: "y" },
        ],
      },
    });
    expect(sessionOf(next)).toBe(sessionOf(first) ?? "");
    expect(next.exchange.sessionEvidence).toBe("body input item_reference");
  });
});

test("a named session needs no look-up, and is written with its parent and the client's own id", async () => {
  const book = new SessionBook({ digest, findKeys: () => Promise.reject(new Error("asked")) });
  const headers = { "x-claude-code-session-id": "root", "x-claude-code-agent-id": "a1" };
  const identity = identify(request(headers, { messages: [{ role: "user", content: "hi" }] }), { digest });
  const { sessions, exchange: row } = await book.settle({
    exchange: exchange(),
    captures: [],
    unsettled: { identity },
  });
  expect(sessions).toMatchObject([
    { id: row.sessionId, parentId: row.parentSessionId, clientSessionId: "root/a1", inferred: false },
  ]);
});

test("keys in memory are bounded; what was pushed out is found in the store", async () => {
  const stage = createStage(2);
  const first = await stage.take({ said: ["hi"], reply: "hello" });
  for (const word of ["a", "b", "c", "d"]) await stage.take({ said: [word], reply: `re ${word}` });
  expect(sessionOf(await stage.take({ said: ["hi", "hello", "x"] }))).toBe(sessionOf(first) ?? "");
});

/**
 * Conversations of few words, so that openings and answers are often the same; turns of all of them in any order, some
 * twice, some failing, with restarts between. Each exchange belongs to one conversation, which no session may mix.
 */
test("two unrelated conversations never share a session, whatever the order of their turns", async () => {
  const word = fc.constantFrom("hi", "x", "y");
  const conversation = fc.array(fc.tuple(word, fc.constantFrom("ok", "no")), { minLength: 1, maxLength: 4 });
  const step = fc.record({
    who: fc.nat({ max: 3 }),
    event: fc.constantFrom("turn", "turn", "turn", "turn", "failed", "again", "restart"),
  });
  let mixable = 0;
  await fc.assert(
    fc.asyncProperty(
      fc.array(conversation, { minLength: 2, maxLength: 4 }),
      fc.array(step, { maxLength: 24 }),
      async (conversations, steps) => {
        const stage = createStage();
        const done = conversations.map(() => 0);
        const owner = new Map<string, number>();
        const openings = new Set(conversations.map(([first]) => first?.join()));
        if (openings.size < conversations.length) mixable += 1;
        for (const { who, event } of steps) {
          const turns = conversations[who % conversations.length] ?? [];
          const at = done[who % conversations.length] ?? 0;
          const index = event === "again" ? at - 1 : at;
          const turn = turns[index];
          if (event === "restart") stage.restart();
          if (event === "restart" || turn === undefined) continue;
          const said = [...turns.slice(0, index).flat(), turn[0]];
          const fields = event === "failed" ? { statusCode: 500 } : {};
          const finished = await stage.take({
            said,
            exchange: fields,
            ...(event === "failed" ? {} : { reply: turn[1] }),
          });
          if (event === "turn") done[who % conversations.length] = at + 1;
          const session = sessionOf(finished) ?? "";
          expect(owner.get(session) ?? who % conversations.length).toBe(who % conversations.length);
          owner.set(session, who % conversations.length);
        }
      },
    ),
    { numRuns: 2000 },
  );
  // The words were few enough for the property to mean something.
  expect(mixable).toBeGreaterThan(500);
});
