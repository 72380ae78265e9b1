/** @module Which program sent a request: one table of evidence, asked from top to bottom. docs/identity.md is held against it. */

import type { Evidence } from "./request.ts";

/** One row: the tool is this one when the field matches. */
export type ToolRule = {
  readonly tool: string;
  /** Lower-case name of the header field. */
  readonly field: string;
  /** Absent = the field's presence is enough. */
  readonly pattern?: RegExp;
  /** Where it is known from. */
  readonly source: string;
};

export type FoundTool = { readonly tool: string; readonly evidence: string };

const RECORDED = "request recorded 2026-11-21";
const README = "README of agent-cli-proxy";
/** Not among the recorded requests nor in a source we read: the way such programs mostly name themselves. */
const BY_HABIT = "not recorded; named by habit";
const APP_TITLE = "OpenRouter app attribution: HTTP-Referer, X-Title";

/** A program's own fields stand before names any program may send; libraries come last, since programs are built from them. */
export const TOOL_RULES: readonly ToolRule[] = [
  { tool: "claude-code", field: "x-claude-code-session-id", source: RECORDED },
  { tool: "claude-code", field: "user-agent", pattern: /^claude-(?:cli|code)\//i, source: RECORDED },
  {
    tool: "codex-ide",
    field: "originator",
    pattern: /^codex_(?:vscode|jetbrains|xcode|ide)/i,
    source: "openai/codex: originator of the extension",
  },
  {
    tool: "codex-cloud",
    field: "originator",
    pattern: /^codex_(?:cloud|web)/i,
    source: BY_HABIT,
  },
  {
    tool: "codex-desktop",
    field: "originator",
    pattern: /^codex(?: desktop|_app|_chatgpt_desktop|_atlas)/i,
    source: "openai/codex: originator of the desktop app",
  },
  { tool: "codex-cli", field: "originator", pattern: /^codex/i, source: RECORDED },
  {
    tool: "codex-ide",
    field: "user-agent",
    pattern: /^codex_(?:vscode|jetbrains|xcode|ide)/i,
    source: "openai/codex: user-agent begins with the originator",
  },
  {
    tool: "codex-cloud",
    field: "user-agent",
    pattern: /^codex_(?:cloud|web)/i,
    source: BY_HABIT,
  },
  { tool: "codex-cli", field: "user-agent", pattern: /^codex[-_ ]/i, source: RECORDED },
  { tool: "codex-cli", field: "x-codex-turn-metadata", source: RECORDED },
  { tool: "openclaw", field: "x-openclaw-session-id", source: README },
  { tool: "openclaw", field: "x-openclaw-turn-id", source: README },
  { tool: "openclaw", field: "originator", pattern: /^openclaw/i, source: README },
  { tool: "openclaw", field: "user-agent", pattern: /^openclaw[-/]/i, source: README },
  { tool: "opencode", field: "x-opencode-session", source: README },
  { tool: "opencode", field: "x-opencode-project", source: README },
  { tool: "opencode", field: "user-agent", pattern: /^opencode[-/]/i, source: RECORDED },
  { tool: "opencode", field: "originator", pattern: /^opencode$/i, source: RECORDED },
  { tool: "hermes-agent", field: "user-agent", pattern: /^hermes-?agent\//i, source: README },
  { tool: "hermes-agent", field: "x-activity-request-id", source: README },
  { tool: "roo-code", field: "user-agent", pattern: /^roo-?code\//i, source: "RooCodeInc/Roo-Code: default headers" },
  { tool: "roo-code", field: "x-title", pattern: /^roo code$/i, source: "RooCodeInc/Roo-Code: default headers" },
  { tool: "kilo-code", field: "user-agent", pattern: /^kilo-?code\//i, source: BY_HABIT },
  { tool: "kilo-code", field: "x-title", pattern: /^kilo code$/i, source: BY_HABIT },
  { tool: "cline", field: "user-agent", pattern: /^cline\//i, source: "cline/cline: external request headers" },
  { tool: "cline", field: "x-title", pattern: /^cline$/i, source: APP_TITLE },
  { tool: "continue", field: "user-agent", pattern: /^continue\//i, source: "continuedev/continue: adapter headers" },
  { tool: "continue", field: "x-title", pattern: /^continue$/i, source: "continuedev/continue: adapter headers" },
  {
    tool: "continue",
    field: "http-referer",
    pattern: /continue\.dev/i,
    source: "continuedev/continue: adapter headers",
  },
  { tool: "cursor", field: "user-agent", pattern: /^cursor\//i, source: BY_HABIT },
  { tool: "cursor", field: "x-cursor-client-version", source: BY_HABIT },
  { tool: "aider", field: "user-agent", pattern: /^aider\//i, source: BY_HABIT },
  { tool: "aider", field: "x-title", pattern: /^aider$/i, source: "Aider-AI/aider: site and name given to LiteLLM" },
  {
    tool: "aider",
    field: "http-referer",
    pattern: /aider\.chat/i,
    source: "Aider-AI/aider: site and name given to LiteLLM",
  },
  { tool: "zed", field: "user-agent", pattern: /^zed\//i, source: "zed-industries/zed: user-agent of its HTTP client" },
  { tool: "zed", field: "x-title", pattern: /^zed(?: editor)?$/i, source: BY_HABIT },
  { tool: "goose", field: "user-agent", pattern: /^goose[-/]/i, source: BY_HABIT },
  { tool: "goose", field: "x-title", pattern: /^goose$/i, source: "block/goose: provider headers" },
  {
    tool: "goose",
    field: "http-referer",
    pattern: /block\.github\.io\/goose|goose-docs\.ai/i,
    source: "block/goose: provider headers",
  },
  { tool: "gemini-cli", field: "user-agent", pattern: /^geminicli[-/]/i, source: RECORDED },
  {
    tool: "qwen-code",
    field: "user-agent",
    pattern: /^qwencode\//i,
    source: "QwenLM/qwen-code: content generator headers",
  },
  {
    tool: "qwen-code",
    field: "x-dashscope-useragent",
    pattern: /^qwencode\//i,
    source: "QwenLM/qwen-code: content generator headers",
  },
  { tool: "copilot", field: "copilot-integration-id", source: "GitHub Copilot: fields of its editors" },
  {
    tool: "copilot",
    field: "user-agent",
    pattern: /^(?:github-?copilot|copilot)/i,
    source: "GitHub Copilot: user-agent of Copilot Chat",
  },
  { tool: "copilot", field: "editor-plugin-version", source: "GitHub Copilot: fields of its editors" },
  { tool: "opencode", field: "x-initiator", source: README },
  { tool: "openclaw", field: "x-agent-name", source: README },
  {
    tool: "browser",
    field: "origin",
    pattern: /^https?:\/\//i,
    source: "Fetch standard: browsers send Origin; Node's fetch sends sec-fetch-* too",
  },
  { tool: "vercel-ai-sdk", field: "user-agent", pattern: /^(?:ai|ai-sdk)\//i, source: RECORDED },
  {
    tool: "openai-sdk",
    field: "user-agent",
    pattern: /^(?:async)?(?:azure)?openai\/(?:js|python|go|java|ruby|c#|\.net)|^openai\/|^openai-(?:sdk|dotnet)/i,
    source: RECORDED,
  },
  {
    tool: "anthropic-sdk",
    field: "user-agent",
    pattern: /^(?:async)?anthropic(?:bedrock|vertex)?\//i,
    source: RECORDED,
  },
  { tool: "google-genai-sdk", field: "x-goog-api-client", pattern: /google-genai-sdk\//i, source: RECORDED },
  { tool: "google-genai-sdk", field: "user-agent", pattern: /^google-genai-sdk\//i, source: RECORDED },
  { tool: "google-sdk", field: "x-goog-api-client", pattern: /^(?:genai-|gl-)/i, source: "Google API client header" },
  { tool: "ollama-sdk", field: "user-agent", pattern: /^ollama[-/]/i, source: RECORDED },
  { tool: "aws-sdk", field: "user-agent", pattern: /^(?:aws-sdk|boto3|botocore|aws-cli)/i, source: RECORDED },
  {
    tool: "mistral-sdk",
    field: "user-agent",
    pattern: /^mistral-client|^speakeasy-sdk\/.*mistral/i,
    source: BY_HABIT,
  },
  { tool: "cohere-sdk", field: "x-client-name", pattern: /cohere/i, source: BY_HABIT },
  { tool: "litellm", field: "user-agent", pattern: /^litellm\//i, source: BY_HABIT },
  { tool: "langchain", field: "user-agent", pattern: /^langchain/i, source: BY_HABIT },
  { tool: "stainless-sdk", field: "x-stainless-lang", source: "SDKs made by Stainless name their language" },
  { tool: "curl", field: "user-agent", pattern: /^curl\//i, source: "curl manual" },
  { tool: "wget", field: "user-agent", pattern: /^wget\//i, source: "wget manual" },
  { tool: "httpie", field: "user-agent", pattern: /^httpie\//i, source: "httpie" },
  { tool: "postman", field: "user-agent", pattern: /^postmanruntime\//i, source: "Postman" },
  {
    tool: "python",
    field: "user-agent",
    pattern: /^(?:python-|httpx|aiohttp|urllib)|\bpython\/\d/i,
    source: "default user-agents of Python's HTTP libraries",
  },
  {
    tool: "node",
    field: "user-agent",
    pattern: /^(?:node|undici|axios|got|node-fetch)\b/i,
    source: "default user-agents of Node's HTTP libraries",
  },
  { tool: "bun", field: "user-agent", pattern: /^bun\//i, source: RECORDED },
  { tool: "deno", field: "user-agent", pattern: /^deno\//i, source: "Deno's fetch" },
  { tool: "go", field: "user-agent", pattern: /^go-http-client\//i, source: "Go's net/http" },
  { tool: "browser", field: "user-agent", pattern: /^mozilla\//i, source: "browsers send no Origin with plain GET" },
];

/** The first row that fits. Cost: one map look-up and at most one test per row. */
export function findTool(evidence: Evidence): FoundTool | undefined {
  for (const { tool, field, pattern } of TOOL_RULES) {
    const value = evidence.header(field);
    if (value !== undefined && (pattern === undefined || pattern.test(value))) {
      return { tool, evidence: `header ${field}` };
    }
  }
  return undefined;
}
