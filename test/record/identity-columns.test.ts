/** @module Who sent an exchange and what its turn did, as columns, through real readers. */

import { describe, expect, test } from "bun:test";

import { findDialect } from "../../src/dialect/registry.ts";
import type { Exchange } from "../../src/domain/exchange.ts";
import { createAssembler } from "../../src/record/assemble.ts";
import { decodeBody } from "../../src/record/decode.ts";
import { digest } from "../../src/record/digest.ts";
import type { Finished } from "../../src/record/finish.ts";
import { identify } from "../../src/session/identify.ts";
import { createId, entriesOf, type Script } from "./entries.ts";

function play(script: Script, identifyWith = identify): Finished {
  const assembler = createAssembler({
    findDialect,
    decode: decodeBody,
    identify: (request) => identifyWith(request, { digest }),
  });
  for (const entry of entriesOf(createId(), script)) assembler.push(entry, "at", 0);
  const [finished] = assembler.takeFinished();
  if (finished === undefined) throw new Error("nothing finished");
  return finished;
}

const MESSAGES = { path: "/v1/messages", provider: "anthropic", credentialHash: "0123456789abcdef" };

const claudeCode: Script = {
  head: {
    ...MESSAGES,
    headers: [
      ["content-type", "application/json"],
      ["user-agent", "claude-cli/2.1.197 (external, sdk-cli)"],
      ["x-claude-code-session-id", "48019e59"],
      ["x-modeltap-tag-team", "search"],
    ],
  },
  request: JSON.stringify({
    model: "claude-opus-4-8",
    stream: true,
    messages: [
      { role: "user", content: "go" },
      { role: "assistant", content: [{ type: "tool_use", id: "t1", name: "Bash", input: {} }] },
      { role: "user", content: [{ type: "tool_result", tool_use_id: "t1", is_error: true, content: "no" }] },
    ],
  }),
  contentType: "text/event-stream",
  answer: toEvents([
    { type: "message_start", message: { id: "msg_1", model: "claude-opus-4-8", usage: { input_tokens: 5 } } },
    { type: "content_block_start", index: 0, content_block: { type: "text", text: "" } },
    { type: "content_block_delta", index: 0, delta: { type: "text_delta", text: "Again." } },
    { type: "content_block_start", index: 1, content_block: { type: "tool_use", id: "t2", name: "Bash", input: {} } },
    { type: "message_delta", delta: { stop_reason: "tool_use" }, usage: { output_tokens: 7 } },
    { type: "message_stop" },
  ]),
};

const EXPECTED: Partial<Exchange> = {
  tool: "claude-code",
  toolEvidence: "header x-claude-code-session-id",
  client: "claude-code-01234567",
  credentialHash: "0123456789abcdef",
  sessionEvidence: "header x-claude-code-session-id",
  sessionInferred: false,
  tags: { team: "search" },
  toolResults: [{ id: "t1", name: "Bash", isError: true }],
  toolCalls: [{ name: "Bash", id: "t2" }],
  toolRetry: true,
  finishReason: "tool_use",
};

describe("a turn of an agent", () => {
  test("has its tool, client, session, calls, new results and retry", () => {
    const { exchange } = play(claudeCode);
    expect(exchange).toMatchObject(EXPECTED);
    expect(exchange.sessionId).toMatch(/^ses_/);
  });

  test("has them in a compressed answer too", () => {
    const wire = Bun.gzipSync(Buffer.concat((claudeCode.answer ?? []).map((part) => Buffer.from(part))));
    const { exchange } = play({ ...claudeCode, contentEncoding: "gzip", answer: [wire] });
    expect(exchange.toolCalls).toEqual([{ name: "Bash", id: "t2" }]);
  });

  test("has them without captured bodies, and leaves no trace of who it was in mode off", () => {
    expect(play({ ...claudeCode, head: { ...claudeCode.head, capture: "metadata" } }).exchange).toMatchObject({
      toolRetry: true,
    });
    const { exchange, unsettled } = play({ ...claudeCode, head: { ...claudeCode.head, capture: "off" } });
    expect(unsettled).toBeUndefined();
    expect([exchange.tool, exchange.sessionId, exchange.credentialHash, exchange.toolCalls]).toEqual([
      undefined,
      undefined,
      undefined,
      undefined,
    ]);
  });

  test("costs the identity and not the row when identity fails", () => {
    const { exchange } = play(claudeCode, () => {
      throw new Error("a fault of ours");
    });
    expect(exchange).toMatchObject({ state: "completed", finishReason: "tool_use" });
    expect(exchange.warnings).toEqual(["identity_failed: Error: a fault of ours"]);
  });
});

test("a pending row has what the request tells", () => {
  const assembler = createAssembler({
    findDialect,
    decode: decodeBody,
    identify: (request) => identify(request, { digest }),
  });
  for (const entry of entriesOf(createId(), claudeCode).slice(0, 2)) assembler.push(entry, "at", 0);
  const [row] = assembler.takePending(Number.MAX_SAFE_INTEGER);
  expect(row).toMatchObject({ state: "pending", tool: "claude-code", sessionInferred: false });
});

test("an answer's text is known where only words tell the session", () => {
  const body = { model: "gpt-5", messages: [{ role: "user", content: "hi" }] };
  const answer = {
    id: "c1",
    model: "gpt-5",
    choices: [{ index: 0, message: { content: "Hello!" }, finish_reason: "stop" }],
  };
  const { unsettled } = play({
    head: { path: "/v1/chat/completions", provider: "openai" },
    request: JSON.stringify(body),
    answer: [JSON.stringify(answer)],
  });
  expect(unsettled?.reply?.text).toBe("Hello!");
  expect(unsettled?.identity.question?.by).toBe("prefix");
});

test("Claude on Bedrock wraps its events; the calls are found inside", () => {
  const event = { type: "content_block_start", content_block: { type: "tool_use", id: "t1", name: "Read" } };
  const wrapped = JSON.stringify({ bytes: btoa(JSON.stringify(event)) });
  const { exchange } = play({
    head: { path: "/model/us.anthropic.claude-sonnet-4-5/invoke-with-response-stream", provider: "bedrock" },
    request: JSON.stringify({ messages: [{ role: "user", content: "hi" }] }),
    answer: [wrapped],
  });
  expect(exchange.toolCalls).toEqual([{ name: "Read", id: "t1" }]);
});

test("an error has its class, and the answer's limits are read", () => {
  const { exchange } = play({
    head: MESSAGES,
    request: "{}",
    statusCode: 529,
    answer: [JSON.stringify({ type: "error", error: { type: "overloaded_error", message: "Overloaded" } })],
  });
  expect(exchange).toMatchObject({ errorClass: "overloaded", errorCode: "overloaded_error" });
});

function toEvents(values: readonly { readonly type: string; readonly [member: string]: unknown }[]): string[] {
  return values.map((value) => `event: ${value.type}\ndata: ${JSON.stringify(value)}\n\n`);
}
