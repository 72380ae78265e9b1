/** @module Who sent a request, put together: tool, client, session, new results, scope. */

import { describe, expect, test } from "bun:test";

import { identify, toAnswerKey } from "../../src/session/identify.ts";
import { digest, request } from "./client-request.ts";

const options = { digest };
const ask = (...args: Parameters<typeof request>) => identify(request(...args), options);

describe("the README of agent-cli-proxy", () => {
  test("openclaw-jongi", () => {
    expect(ask({ "x-agent-name": "jongi" })).toMatchObject({
      tool: "openclaw",
      client: "openclaw-jongi",
      toolEvidence: "header x-agent-name",
    });
    expect(ask({ "x-agent-name": "jongi", originator: "openclaw" })).toMatchObject({
      tool: "openclaw",
      client: "openclaw-jongi",
    });
  });

  test("OpenCode by x-initiator alone, Hermes by its user-agent", () => {
    expect(ask({ "x-initiator": "agent" }).tool).toBe("opencode");
    expect(ask({ "user-agent": "HermesAgent/1.2" }).tool).toBe("hermes-agent");
  });
});

test("overrides win and say so", () => {
  const identity = ask({
    "user-agent": "curl/8",
    "x-modeltap-tool": "Nightly",
    "x-modeltap-client": "ci-3",
    "x-modeltap-run": "r",
    "x-modeltap-tag-a": "b",
  });
  expect(identity).toMatchObject({
    tool: "nightly",
    toolEvidence: "header x-modeltap-tool",
    client: "ci-3",
    run: "r",
    tags: { a: "b" },
  });
});

describe("scope", () => {
  const sessionOf = (more: Parameters<typeof request>[2]) => {
    const { question } = ask({ "x-session-id": "same" }, undefined, more);
    return question?.by === "session" ? question.sessionId : undefined;
  };

  test("one id of two providers or two credentials is two sessions", () => {
    const ids = [
      sessionOf({ provider: "openai", credentialHash: "a" }),
      sessionOf({ provider: "groq", credentialHash: "a" }),
      sessionOf({ provider: "openai", credentialHash: "b" }),
      sessionOf({ provider: "openai", credentialHash: undefined }),
    ];
    expect(new Set(ids).size).toBe(4);
    expect(ids[0]).toMatch(/^ses_[0-9a-f]{24}$/);
  });

  test("it is the same session after a restart, at midnight, and with a renewed account token", () => {
    expect(sessionOf({ credentialHash: "a" })).toBe(sessionOf({ credentialHash: "a" }));
    expect(sessionOf({ credentialHash: "a", billing: "subscription" })).toBe(
      sessionOf({ credentialHash: "b", billing: "subscription" }),
    );
  });

  test("a managed key is a border of its own, whatever credential comes beside it", () => {
    const of = (keyId: string | undefined, more: object = {}) => sessionOf({ keyId, credentialHash: "a", ...more });
    expect(new Set([of("k1"), of("k2"), of(undefined)]).size).toBe(3);
    expect(of("k1")).toBe(of("k1", { credentialHash: "b" }));
    // Two people who bring accounts of theirs.
    expect(of("k1", { billing: "subscription" })).not.toBe(of("k2", { billing: "subscription" }));
  });

  test("an answer's id is looked for in its scope only", () => {
    expect(toAnswerKey("openai\0a", "resp_1", digest)).not.toBe(toAnswerKey("openai\0b", "resp_1", digest));
  });
});

describe("a session that nothing names", () => {
  const messages = [
    { role: "user", content: "hi" },
    { role: "assistant", content: "hello" },
    { role: "user", content: "and?" },
  ];
  const keysOf = (more: Parameters<typeof request>[2]) => {
    const { question } = ask({}, { messages }, more);
    return question?.by === "prefix" ? question.chain.keys : [];
  };

  test("is looked for by its words, within one family of models", () => {
    expect(keysOf({ model: "claude-opus-4-8" }).length).toBe(1);
    expect(keysOf({ model: "us.anthropic.claude-sonnet-4-5" })).toEqual([...keysOf({ model: "claude-opus-4-8" })]);
    expect(keysOf({ model: "gpt-5" })).not.toEqual([...keysOf({ model: "claude-opus-4-8" })]);
    expect(keysOf({ model: "openai/gpt-5-mini" })).toEqual([...keysOf({ model: "gpt-5" })]);
  });

  test.each(["/v1/embeddings", "/api/embed", "/v1/moderations", "/v1/audio/speech", "/v2/rerank", "/v1/images/edits"])(
    "is not looked for at %s: an input is no message there",
    (path) => {
      expect(ask({}, { input: "hi" }, { path }).question).toBeUndefined();
      expect(ask({ "x-session-id": "s" }, { input: "hi" }, { path }).question?.by).toBe("session");
      expect(ask({}, { input: "hi" }, { path: "/v1/responses" }).question?.by).toBe("prefix");
    },
  );

  test("is not looked for where nothing is generated or nothing is said", () => {
    expect(ask({}, { messages }, { kind: "other" }).question).toBeUndefined();
    expect(ask({}, { prompt: "x" }).question).toBeUndefined();
    expect(ask({}, undefined).question).toBeUndefined();
  });
});

test("only results that are new are told, with the names of their calls", () => {
  const messages = [
    { role: "user", content: "go" },
    { role: "assistant", content: [{ type: "tool_use", id: "1", name: "read" }] },
    { role: "user", content: [{ type: "tool_result", tool_use_id: "1", content: "old" }] },
    {
      role: "assistant",
      content: [
        { type: "tool_use", id: "2", name: "write" },
        { type: "tool_use", id: "3", name: "run" },
      ],
    },
    {
      role: "user",
      content: [
        { type: "tool_result", tool_use_id: "2", content: "ok" },
        { type: "tool_result", tool_use_id: "3", is_error: true, content: "no" },
        { type: "text", text: "go on" },
      ],
    },
  ];
  expect(ask({}, { messages }).toolResults).toEqual([
    { id: "2", name: "write" },
    { id: "3", name: "run", isError: true },
  ]);
});
