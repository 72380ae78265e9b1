/** @module The client programs the demo plays: path, head and body of their requests. Heads as recorded from the real programs on 2026-11-21. */

import type { JsonRecord } from "../json.ts";
import type { ClientId } from "../script.ts";
import { toAnthropicBody } from "./anthropic-body.ts";
import type { ChatCall, DemoRequest, Identity } from "./call.ts";
import { toGeminiBody } from "./gemini-body.ts";
import { toOpenaiChatBody } from "./openai-chat-body.ts";
import { toOpenaiResponsesBody } from "./openai-responses-body.ts";

/** Looks like a key at first sight and like none at the second. */
export const DEMO_KEY = "sk-demo-not-a-real-key";

export type DemoClient = (call: ChatCall) => DemoRequest;

export const CLIENTS: Readonly<Record<ClientId, DemoClient>> = {
  "claude-code": (call) => toClaudeCode(call, { "x-api-key": DEMO_KEY }),
  // The beginning tells account tokens of a subscription from keys that are billed.
  "claude-code-subscription": (call) =>
    toClaudeCode(call, { authorization: "Bearer sk-ant-oat01-demo-not-a-real-token" }),
  opencode: (call) =>
    post("/anthropic/v1/messages", toAnthropicBody(call, { caching: true, thinking: false }), call, {
      "user-agent": "opencode/1.18.33 ai-sdk/provider-utils/4.0.46 runtime/bun/1.3.14",
      "anthropic-version": "2023-06-01",
      "x-api-key": DEMO_KEY,
      "x-session-id": `ses_${call.identity.sessionId.replaceAll("-", "").slice(0, 26)}`,
      "x-session-affinity": `ses_${call.identity.sessionId.replaceAll("-", "").slice(0, 26)}`,
      "accept-encoding": "gzip, deflate, br, zstd",
    }),
  codex: (call) =>
    post("/openai/v1/responses", toOpenaiResponsesBody(call), call, {
      "user-agent": "codex_exec/0.169.0 (Debian 12.0.0; x86_64) xterm (codex_exec; 0.169.0)",
      originator: "codex_exec",
      version: "0.169.0",
      "session-id": call.identity.sessionId,
      "thread-id": call.identity.sessionId,
      accept: "text/event-stream",
      authorization: `Bearer ${DEMO_KEY}`,
    }),
  "gemini-cli": (call) =>
    post(
      `/v1beta/models/${call.model}:${call.streaming ? "streamGenerateContent?alt=sse" : "generateContent"}`,
      toGeminiBody(call),
      call,
      {
        "user-agent": "GeminiCLI-tui/0.61.0/gemini-2.5-pro (linux; x64; terminal)",
        "x-goog-api-client": "google-genai-sdk/1.30.0 gl-node/v20.20.2",
        "x-gemini-api-privileged-user-id": call.identity.deviceId,
        "x-goog-api-key": DEMO_KEY,
        "accept-encoding": "gzip, deflate",
      },
    ),
  "openai-sdk": (call) => post("/openai/v1/chat/completions", toOpenaiChatBody(call, true), call, OPENAI_SDK),
  "groq-sdk": (call) => post("/groq/openai/v1/chat/completions", toOpenaiChatBody(call, false), call, OPENAI_SDK),
  "openrouter-sdk": (call) =>
    post("/openrouter/api/v1/chat/completions", toOpenaiChatBody(call, false), call, {
      "user-agent": "ai/6.0.326 ai-sdk/provider-utils/4.0.66 runtime/node.js/v20.20.2",
      authorization: `Bearer ${DEMO_KEY}`,
      "accept-encoding": "gzip, deflate",
    }),
  // What Ollama's chat expects is a subset of what OpenAI's does; without tools there is no difference but `stream`.
  ollama: (call) =>
    post("/api/chat", { ...toOpenaiChatBody(call, false), stream: call.streaming }, call, {
      "user-agent": "ollama-js/0.6.4 (x64 linux Node.js/v20.20.2)",
      accept: "application/json",
      "accept-encoding": "gzip, deflate",
    }),
};

/** Embeddings through the OpenAI SDK, which asks for base64. */
export function toEmbedRequest(model: string, inputs: readonly string[]): DemoRequest {
  const body = { model, input: inputs, dimensions: 256, encoding_format: "base64" };
  return post("/openai/v1/embeddings", body, { streaming: false }, OPENAI_SDK);
}

/** Tokens counted ahead of a turn, as Claude Code does before a conversation grows too long. */
export function toCountRequest(call: ChatCall): DemoRequest {
  const request = toClaudeCode(call, { "x-api-key": DEMO_KEY });
  const { max_tokens: _, stream: __, ...body } = toClaudeBody({ ...call, streaming: false });
  return { ...request, path: "/v1/messages/count_tokens?beta=true", body: JSON.stringify(body), streaming: false };
}

/** The list of models, as a picker in a client's window asks for it. */
export function toModelsRequest(client: ClientId): DemoRequest {
  const path = client === "ollama" ? "/api/tags" : "/openai/v1/models";
  const headers = client === "ollama" ? { "user-agent": "ollama-js/0.6.4 (x64 linux Node.js/v20.20.2)" } : OPENAI_SDK;
  return { method: "GET", path, headers, streaming: false };
}

const OPENAI_SDK: Readonly<Record<string, string>> = {
  accept: "application/json",
  "user-agent": "OpenAI/JS 6.49.0",
  "x-stainless-retry-count": "0",
  "x-stainless-lang": "js",
  "x-stainless-package-version": "6.49.0",
  "x-stainless-os": "Linux",
  "x-stainless-arch": "x64",
  "x-stainless-runtime": "node",
  "x-stainless-runtime-version": "v20.20.2",
  authorization: `Bearer ${DEMO_KEY}`,
  "accept-encoding": "gzip, deflate",
};

function toClaudeCode(call: ChatCall, credential: Readonly<Record<string, string>>): DemoRequest {
  return post("/v1/messages?beta=true", toClaudeBody(call), call, {
    accept: "application/json",
    "user-agent": "claude-cli/2.1.197 (external, sdk-cli)",
    "x-claude-code-session-id": call.identity.sessionId,
    "x-stainless-lang": "js",
    "x-stainless-package-version": "0.94.0",
    "x-stainless-retry-count": "0",
    "x-stainless-timeout": "600",
    "anthropic-beta": "claude-code-20250219,interleaved-thinking-2025-05-14",
    "anthropic-dangerous-direct-browser-access": "true",
    "anthropic-version": "2023-06-01",
    "x-app": "cli",
    "accept-encoding": "gzip, deflate, br, zstd",
    ...credential,
  });
}

function toClaudeBody(call: ChatCall): JsonRecord {
  return toAnthropicBody(call, { caching: call.streaming, thinking: call.streaming, userId: toUserId(call.identity) });
}

function toUserId({ deviceId, sessionId }: Identity): string {
  return JSON.stringify({ device_id: deviceId, account_uuid: "", session_id: sessionId });
}

function post(
  path: string,
  body: JsonRecord,
  { streaming }: { readonly streaming: boolean },
  headers: Readonly<Record<string, string>>,
): DemoRequest {
  return {
    method: "POST",
    path,
    headers: { "content-type": "application/json", ...headers },
    body: JSON.stringify(body),
    streaming,
  };
}
