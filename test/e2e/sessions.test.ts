/** @module Sessions and turns through the whole program: sub-agents, chained answers, borders of a session, tools and errors. */

import { afterAll, beforeAll, describe, expect, test } from "bun:test";

import { answer, json } from "../support/step.ts";
import type { StatsRow } from "../support/modeltap.ts";
import { createStage, type Stage } from "./stage.ts";

let stage: Stage;
let answers = 0;
beforeAll(async () => {
  stage = await createStage();
  // Each answer has an id of its own, and calls the tool that the prompt names.
  stage.upstream.on(/responses|messages|completions/, ({ request }) => {
    answers += 1;
    const isOpenAi = request.target.includes("responses");
    return json(
      isOpenAi
        ? { id: `resp_${answers}`, object: "response", status: "completed", model: "gpt-5", output: [] }
        : {
            id: `msg_${answers}`,
            type: "message",
            role: "assistant",
            model: "claude-opus-4-8",
            content: [{ type: "tool_use", id: `call_${answers}`, name: "write_file", input: {} }],
            stop_reason: "tool_use",
            usage: { input_tokens: 5, output_tokens: 2 },
          },
    );
  });
});
afterAll(() => stage[Symbol.asyncDispose]());

type Sent = { readonly headers?: Readonly<Record<string, string>>; readonly key?: string };

async function send(path: string, body: object, { headers = {}, key = "sk-test-one" }: Sent = {}): Promise<StatsRow> {
  const response = await fetch(stage.url + path, {
    method: "POST",
    headers: { "content-type": "application/json", authorization: `Bearer ${key}`, ...headers },
    body: JSON.stringify(body),
  });
  await response.bytes();
  return await stage.takeRow();
}

const respond = (more: object, sent?: Sent) =>
  send("/openai/v1/responses", { model: "gpt-5", input: "hi", ...more }, sent);
const message = (messages: readonly unknown[], sent?: Sent) =>
  send("/anthropic/v1/messages", { model: "claude-opus-4-8", max_tokens: 9, messages }, sent);
const lastId = () => `resp_${answers}`;

describe("sub-agents are children of the session that started them", () => {
  const ROOT = "48019e59-91c0-4181-a85b-b16857e1d43b";

  test("Claude Code: an agent of the root, and an agent of that agent", async () => {
    const asked = [{ role: "user", content: "hi" }];
    const root = await message(asked, { headers: { "x-claude-code-session-id": ROOT } });
    const agent = await message(asked, {
      headers: { "x-claude-code-session-id": ROOT, "x-claude-code-agent-id": "a1" },
    });
    const nested = await message(asked, {
      headers: {
        "x-claude-code-session-id": ROOT,
        "x-claude-code-agent-id": "a2",
        "x-claude-code-parent-agent-id": "a1",
      },
    });
    const parents = [root, agent, nested].map(async (row) => (await stage.detail(row)).identity.parent_session_id);
    expect(await Promise.all(parents)).toEqual([null, root.session_id ?? "", agent.session_id ?? ""]);
    expect(await stage.modeltap.stats(`/admin/api/sessions/${root.session_id}`)).toMatchObject({
      session: { client_session_id: ROOT, tool: "claude-code", requests: 1, is_fork: false },
      parent: null,
      children: [{ id: agent.session_id }],
      forks: [],
    });
  });

  test("Codex: a thread other than the session's", async () => {
    const root = await respond(
      {},
      { headers: { "session-id": "root", "thread-id": "root", originator: "codex_exec" } },
    );
    const child = await respond(
      {},
      { headers: { "session-id": "root", "thread-id": "child", originator: "codex_exec" } },
    );
    expect((await stage.detail(child)).identity.parent_session_id).toBe(root.session_id ?? "");
  });
});

describe("chained by the id of an answer", () => {
  test("previous_response_id leads back to the first answer; another key knows nothing of it", async () => {
    const first = await respond({});
    const firstId = lastId();
    const second = await respond({ previous_response_id: firstId });
    const third = await respond({ previous_response_id: lastId() });
    expect([second.session_id, third.session_id]).toEqual([first.session_id ?? "", first.session_id ?? ""]);
    expect((await stage.detail(third)).identity.session_evidence).toBe("body previous_response_id");
    const stranger = await respond({ previous_response_id: firstId }, { key: "sk-test-two" });
    expect(stranger.session_id).not.toBe(first.session_id ?? "");
  });

  test("a conversation is the same as text and as object, and before a chained answer", async () => {
    const text = await respond({ conversation: "conv_7" });
    const object = await respond({ conversation: { id: "conv_7" } });
    const other = await respond({ conversation: "conv_8" });
    expect(object.session_id).toBe(text.session_id ?? "");
    expect(other.session_id).not.toBe(text.session_id ?? "");
  });
});

describe("one name of a session is not one session", () => {
  test("under two keys and at two providers; the same key in another field is the same", async () => {
    const headers = { "x-session-id": "main" };
    const one = await message([{ role: "user", content: "a" }], { headers });
    const same = await message([{ role: "user", content: "b" }], {
      headers: { ...headers, "x-api-key": "sk-test-one", authorization: "" },
    });
    const key = await message([{ role: "user", content: "c" }], { headers, key: "sk-test-two" });
    const provider = await respond({}, { headers });
    expect(same.session_id).toBe(one.session_id ?? "");
    expect(new Set([one, key, provider].map((row) => row.session_id)).size).toBe(3);
  });
});

test("a managed key is a border, also where two of them bring one and the same account", async () => {
  await using keyed = await createStage({ config: { key_headers: true } });
  keyed.upstream.on(/./, json({ id: "x", model: "claude-opus-4-8", type: "message", content: [] }));
  const create = async (name: string): Promise<string> => {
    const made = await fetch(`${keyed.url}/admin/api-keys`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ name }),
    });
    const { key } = (await made.json()) as { key: string };
    expect([made.status, key]).toEqual([201, expect.stringMatching(/^mt_/)]);
    return key;
  };
  const ask = async (key: string): Promise<StatsRow> => {
    const answer = await fetch(`${keyed.url}/anthropic/v1/messages`, {
      method: "POST",
      headers: {
        "content-type": "application/json",
        authorization: "Bearer sk-ant-oat01-0123456789abcdef",
        "x-proxy-key": key,
        "x-session-id": "main",
      },
      body: JSON.stringify({ model: "claude-opus-4-8", max_tokens: 5, messages: [{ role: "user", content: "hi" }] }),
    });
    expect(answer.status).toBe(200);
    await answer.bytes();
    return await keyed.takeRow();
  };
  const [one, two] = [await create("one"), await create("two")];
  const rows = [await ask(one), await ask(two), await ask(one)];
  expect(rows.map((row) => row.billing)).toEqual(["subscription", "subscription", "subscription"]);
  expect(rows[2]?.session_id).toBe(rows[0]?.session_id ?? "");
  expect(rows[1]?.session_id).not.toBe(rows[0]?.session_id ?? "");
});

test("a second way on from one answer is a fork of the first", async () => {
  const hi = [{ role: "user", content: "fork me" }];
  const first = await message(hi);
  const said = {
    role: "assistant",
    content: [{ type: "tool_use", id: `call_${answers}`, name: "write_file", input: {} }],
  };
  const on = (content: string) => [...hi, said, { role: "user", content }];
  const next = await message(on("this way"));
  const fork = await message(on("that way"));
  expect(next.session_id).toBe(first.session_id ?? "");
  expect(fork.session_id).not.toBe(first.session_id ?? "");
  expect((await stage.detail(fork)).identity).toMatchObject({
    parent_session_id: first.session_id,
    session_inferred: true,
  });
  expect(await stage.modeltap.stats(`/admin/api/sessions/${first.session_id}`)).toMatchObject({
    session: { requests: 2, inferred: true },
    children: [],
    forks: [{ id: fork.session_id, is_fork: true }],
  });
});

describe("a turn", () => {
  const call = (id: string, name = "write_file") => ({
    role: "assistant",
    content: [{ type: "tool_use", id, name, input: {} }],
  });
  const result = (id: string, isError = false) => ({
    role: "user",
    content: [{ type: "tool_result", tool_use_id: id, content: "x", ...(isError ? { is_error: true } : {}) }],
  });

  test("has its finish reason, its calls, only new results, and knows a retry of the tool that failed", async () => {
    const history = [
      { role: "user", content: "go" },
      call("t1", "read_file"),
      result("t1"),
      call("t2"),
      result("t2", true),
    ];
    const row = await message(history);
    const { turn, finish_reason: reason } = await stage.detail(row);
    expect(reason).toBe("tool_use");
    expect(turn.tool_calls).toEqual([{ name: "write_file", id: `call_${answers}` }]);
    expect(turn.tool_results).toEqual([{ id: "t2", name: "write_file", isError: true }]);
    expect(turn.tool_retry).toBe(true);
    const well = await message([...history.slice(0, -1), result("t2")]);
    expect((await stage.detail(well)).turn.tool_retry).toBe(false);
  });

  test.each([
    [429, { error: { type: "rate_limit_error", message: "slow down" } }, "rate_limit"],
    [529, { error: { type: "overloaded_error", message: "Overloaded" } }, "overloaded"],
    [500, { error: { type: "api_error", message: "x" } }, "server_error"],
    [
      400,
      { error: { type: "invalid_request_error", message: "prompt is too long: 210000 tokens > 200000 maximum" } },
      "context_length",
    ],
    [400, { error: { type: "invalid_request_error", message: "max_tokens: required" } }, "invalid_request"],
    [401, { error: { type: "authentication_error", message: "invalid x-api-key" } }, "authentication"],
  ] as const)("a %d with %p is of the class %s", async (status, error, errorClass) => {
    stage.upstream.on(
      /messages/,
      answer({
        status,
        body: JSON.stringify({ type: "error", ...error }),
        contentType: "application/json",
        headers: [
          ["anthropic-ratelimit-requests-limit", "50"],
          ["anthropic-ratelimit-requests-remaining", "0"],
          ["anthropic-ratelimit-requests-reset", "2026-11-21T18:00:00Z"],
        ],
      }),
    );
    const row = await message([{ role: "user", content: "hi" }]);
    expect(row).toMatchObject({ status_code: status, error_class: errorClass });
    expect((await stage.detail(row)).turn.rate_limits).toEqual([
      { resource: "requests", limit: 50, remaining: 0, reset: "2026-11-21T18:00:00Z" },
    ]);
  });
});
