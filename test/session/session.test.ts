/** @module The table of session evidence, held against what real clients sent. */

import { describe, expect, test } from "bun:test";
import { readFileSync } from "node:fs";
import { join } from "node:path";

import { findSession, SESSION_RULES } from "../../src/session/session.ts";
import { toEvidence } from "../../src/session/request.ts";
import { evidence, readRecordedRequests, toIdentityRequest } from "./client-request.ts";

const find = (headers: Readonly<Record<string, string>>, body?: unknown, path = "/v1/x") =>
  findSession(evidence(headers, body, { path }));

describe("recorded requests", () => {
  const found = readRecordedRequests().map(
    (each) => [each.client, findSession(toEvidence(toIdentityRequest(each)))?.id] as const,
  );
  const of = (client: string) => found.filter(([name]) => name === client).map(([, id]) => id);

  test("Codex: the WebSocket and the POST that follows it are one session", () => {
    expect(of("Codex CLI")).toEqual(["01a1fc06-8fe1-71a2-a8c9-1a649c5f2b0c", "01a1fc06-8fe1-71a2-a8c9-1a649c5f2b0c"]);
  });

  test("Claude Code, also towards Bedrock", () => {
    expect(of("Claude Code")).toEqual([
      "48019e59-91c0-4181-a85b-b16857e1d43b",
      "89b6c208-92cf-4dc2-90e9-31be8563b71d",
      "89b6c208-92cf-4dc2-90e9-31be8563b71d",
    ]);
  });

  test("OpenCode, with either provider", () => {
    expect(of("OpenCode")).toEqual(["ses_e03f962a7ffevsJCwEPMYL9B9e", "ses_e03f7dd3cffezy0ATNMr3OTihg"]);
  });

  test("SDKs and Gemini CLI name none", () => {
    const named = new Set(["Codex CLI", "Claude Code", "OpenCode"]);
    expect(found.filter(([client, id]) => !named.has(client) && id !== undefined)).toEqual([]);
  });
});

describe("Claude Code", () => {
  const session = "89b6c208-92cf-4dc2-90e9-31be8563b71d";

  test("names its session in metadata.user_id, as JSON and in the old form", () => {
    const json = JSON.stringify({ device_id: "d", account_uuid: "", session_id: session });
    expect(find({}, { metadata: { user_id: json } })).toEqual({
      id: session,
      evidence: "body metadata.user_id session_id",
      by: "session",
    });
    const old = `user_0a1b_account_7f_session_${session}`;
    expect(find({}, { metadata: { user_id: old } })).toEqual({
      id: session,
      evidence: "body metadata.user_id _session_",
      by: "session",
    });
  });

  test("a sub-agent is a child of the root or of the agent that started it", () => {
    const root = { "x-claude-code-session-id": session };
    expect(find({ ...root, "x-claude-code-agent-id": "a1" })).toMatchObject({ id: `${session}/a1`, parentId: session });
    const nested = { ...root, "x-claude-code-agent-id": "a2", "x-claude-code-parent-agent-id": "a1" };
    expect(find(nested)).toMatchObject({ id: `${session}/a2`, parentId: `${session}/a1` });
    expect(find({ ...root, "x-claude-code-parent-agent-id": "stray" })).toEqual({
      id: session,
      evidence: "header x-claude-code-session-id",
      by: "session",
    });
  });
});

describe("Codex", () => {
  test("a sub-agent's thread is a child of the root's session", () => {
    const child = {
      "session-id": "root",
      "thread-id": "child",
      "x-codex-parent-thread-id": "root",
      "x-openai-subagent": "collab_spawn",
    };
    expect(find(child)).toMatchObject({ id: "child", parentId: "root" });
    expect(find({ "session-id": "root", "thread-id": "child" })).toMatchObject({ id: "child", parentId: "root" });
    const turn = JSON.stringify({ session_id: "root", thread_id: "child" });
    expect(find({ "x-codex-turn-metadata": turn })).toMatchObject({ id: "child", parentId: "root" });
  });

  test("old forms: session_id, conversation_id, prompt_cache_key", () => {
    expect(find({ session_id: "s" })?.id).toBe("s");
    expect(find({ conversation_id: "c" })?.id).toBe("c");
    expect(find({ originator: "codex_exec" }, { prompt_cache_key: "k" })?.id).toBe("k");
  });

  test("a cache key of any other program is no session", () => {
    expect(find({ "user-agent": "OpenAI/JS 6.1.0" }, { prompt_cache_key: "my-app" })).toBeUndefined();
  });

  test("a header that is no JSON is passed over", () => {
    expect(find({ "x-codex-turn-metadata": "{broken", "session-id": "s" })?.evidence).toBe("header session-id");
  });
});

test.each([
  ["body conversation", {}, { conversation: "conv_1" }, "/v1/responses", "conv_1"],
  ["body conversation", {}, { conversation: { id: "conv_2" } }, "/v1/responses", "conv_2"],
  ["path threads or conversations", {}, undefined, "/v1/threads/thread_abc/runs", "thread_abc"],
  ["path threads or conversations", {}, undefined, "/v1/conversations/conv_123456/items", "conv_123456"],
  ["body previous_response_id", {}, { previous_response_id: "resp_1" }, "/v1/responses", "resp_1"],
  [
    "body input item_reference",
    {},
    { input: [{ type: "item_reference", id: "msg_1" }, { role: "user" }] },
    "/v1/responses",
    "msg_1",
  ],
  ["body metadata.session_id", {}, { metadata: { session_id: "m" } }, "/v1/x", "m"],
  ["body metadata.session_id", {}, { metadata: { sessionId: "q" } }, "/v1/x", "q"],
  ["body request.session_id", {}, { request: { session_id: "g" } }, "/v1internal:generateContent", "g"],
  ["header x-opencode-session", { "x-opencode-session": "o" }, undefined, "/v1/x", "o"],
  ["header x-openclaw-session-id", { "x-openclaw-session-id": "c" }, undefined, "/v1/x", "c"],
  ["header x-activity-request-id", { "x-activity-request-id": "h" }, undefined, "/v1/x", "h"],
  ["header x-session-id", { "X-Session-ID": "x" }, undefined, "/v1/x", "x"],
  ["header x-session-affinity", { "x-session-affinity": "a" }, undefined, "/v1/x", "a"],
  ["header x-task-id", { "x-task-id": "t" }, undefined, "/v1/x", "t"],
  ["body user", {}, { user: "alice" }, "/v1/chat/completions", "alice"],
  ["body metadata.user_id", {}, { metadata: { user_id: "bob" } }, "/v1/messages", "bob"],
  [
    "header x-modeltap-session",
    { "x-modeltap-session": "mine", "session-id": "s" },
    { user: "alice" },
    "/v1/x",
    "mine",
  ],
] as const)("%s", (evidenceText, headers, body, path, id) => {
  expect(find(headers, body, path)).toMatchObject({ id, evidence: evidenceText });
});

test("`user` is asked last but one, so a header beside it wins", () => {
  expect(find({ "x-session-id": "s" }, { user: "alice" })?.id).toBe("s");
});

test("OpenCode names the parent of a sub-agent's session", () => {
  expect(find({ "x-session-id": "ses_b", "x-parent-session-id": "ses_a" })).toMatchObject({
    id: "ses_b",
    parentId: "ses_a",
  });
});

test("ids that are empty, huge, of another type or hold line breaks are no evidence", () => {
  for (const user of ["", " ", "x".repeat(301), 7, null, { id: "x" }, ["x"], "a\nb"])
    expect(find({}, { user })).toBeUndefined();
  expect(find({ "x-client-request-id": "one-per-request" })).toBeUndefined();
});

test("every row names its source", () => {
  for (const { source } of SESSION_RULES) expect(source.length).toBeGreaterThan(3);
});

test("docs/identity.md has every row, in order, with its source", () => {
  const page = readFileSync(join(import.meta.dir, "../../docs/identity.md"), "utf8");
  const written = [...page.matchAll(/^\| (\d+) +\| (.+?) +\| (.+?) +\|$/gm)].map(([, ...row]) => row);
  expect(written).toEqual(SESSION_RULES.map((rule, at) => [`${at + 1}`, rule.evidence, rule.source]));
});
