/** @module The table of tools, held against what real clients sent. */

import { expect, test } from "bun:test";
import { readFileSync } from "node:fs";
import { join } from "node:path";

import { findTool, TOOL_RULES } from "../../src/session/tool.ts";
import { toEvidence } from "../../src/session/request.ts";
import { evidence, readRecordedRequests, toIdentityRequest } from "./client-request.ts";

/** By the name the recording gives the client. */
const EXPECTED: Readonly<Record<string, string>> = {
  "Codex CLI": "codex-cli",
  OpenCode: "opencode",
  "Gemini CLI": "gemini-cli",
  "Claude Code": "claude-code",
  "Bun/1.4.0": "bun",
  "openai (npm)": "openai-sdk",
  "@anthropic-ai/sdk (npm)": "anthropic-sdk",
  "@google/genai (npm)": "google-genai-sdk",
  "ollama (npm)": "ollama-sdk",
  "ai (Vercel AI SDK, npm)": "vercel-ai-sdk",
};

const recorded = readRecordedRequests();

test("there are recorded requests of every client", () => {
  expect(new Set(recorded.map(({ client }) => (client.startsWith("aws-sdk") ? "aws" : client))).size).toBe(11);
});

test.each(recorded.map((each) => [`${each.client}: ${each.method} ${each.target}`, each] as const))(
  "knows %s",
  (_name, each) => {
    const tool = each.client.startsWith("aws-sdk") ? "aws-sdk" : EXPECTED[each.client];
    expect(findTool(toEvidence(toIdentityRequest(each)))?.tool).toBe(tool ?? "a row is missing");
  },
);

test.each([
  ["claude-code", { "user-agent": "claude-cli/1.0.12 (external, cli)" }],
  ["codex-ide", { originator: "codex_vscode", "user-agent": "codex_vscode/0.146.0" }],
  ["codex-cloud", { originator: "codex_cloud_tasks" }],
  ["codex-desktop", { originator: "Codex Desktop" }],
  ["codex-cli", { "user-agent": "codex_cli_rs/0.42.0 (Mac OS 14.0.0; arm64) terminal" }],
  ["opencode", { "x-opencode-session": "ses_1" }],
  ["opencode", { "x-initiator": "user", "user-agent": "OpenAI/JS 6.1.0" }],
  ["openclaw", { "x-openclaw-session-id": "s1" }],
  ["openclaw", { originator: "openclaw" }],
  ["openclaw", { "x-agent-name": "jongi", "user-agent": "OpenAI/JS 6.1.0" }],
  ["hermes-agent", { "user-agent": "HermesAgent/0.4" }],
  ["hermes-agent", { "x-activity-request-id": "r1" }],
  ["cline", { "user-agent": "Cline/3.38.0", "x-stainless-lang": "js" }],
  ["roo-code", { "user-agent": "RooCode/3.53.0", "x-title": "Roo Code" }],
  ["kilo-code", { "x-title": "Kilo Code" }],
  ["continue", { "http-referer": "https://www.continue.dev/", "x-title": "Continue" }],
  ["cursor", { "user-agent": "Cursor/2.1.0" }],
  ["aider", { "http-referer": "https://aider.chat", "x-title": "Aider", "user-agent": "litellm/1.8" }],
  ["zed", { "user-agent": "Zed/0.211.6 (macos; x86_64)" }],
  ["goose", { "http-referer": "https://block.github.io/goose", "x-title": "goose" }],
  ["qwen-code", { "user-agent": "QwenCode/0.14.1 (linux; x64)", "x-stainless-lang": "js" }],
  [
    "copilot",
    { "user-agent": "GitHubCopilotChat/0.35.0", "copilot-integration-id": "vscode-chat", "x-initiator": "agent" },
  ],
  ["openai-sdk", { "user-agent": "AsyncOpenAI/Python 2.1.0" }],
  ["anthropic-sdk", { "user-agent": "Anthropic/Python 0.71.0" }],
  ["stainless-sdk", { "x-stainless-lang": "ruby" }],
  ["curl", { "user-agent": "curl/8.5.0" }],
  ["python", { "user-agent": "python-requests/2.32" }],
  [
    "browser",
    { origin: "http://localhost:3000", "user-agent": "Mozilla/5.0 (X11; Linux x86_64)", "x-stainless-lang": "js" },
  ],
] as const)("tells %s from %p", (tool, headers) => {
  expect(findTool(evidence(headers))?.tool).toBe(tool);
});

test("says where it looked", () => {
  expect(findTool(evidence({ "User-Agent": "curl/8.5.0" }))).toEqual({ tool: "curl", evidence: "header user-agent" });
});

test("a client of Node's fetch is no browser, whatever sec-fetch fields it sends", () => {
  expect(findTool(evidence({ "sec-fetch-mode": "cors", "accept-language": "*", "user-agent": "node" }))?.tool).toBe(
    "node",
  );
});

test("an unknown program is unknown, not something near", () => {
  expect(findTool(evidence({ "user-agent": "my-cline-like-codex/1", "x-title": "Clinery" }))).toBeUndefined();
  expect(findTool(evidence({ "user-agent": "  " }))).toBeUndefined();
});

test("every row names its source, and no field is asked by name in capitals", () => {
  for (const { source, field, tool } of TOOL_RULES) {
    expect(source.length).toBeGreaterThan(3);
    expect(field).toBe(field.toLowerCase());
    expect(tool).toMatch(/^[a-z-]+$/);
  }
});

test("docs/identity.md has every row, in order, with its source", () => {
  const page = readFileSync(join(import.meta.dir, "../../docs/identity.md"), "utf8");
  const written = [...page.matchAll(/^\| `([a-z-]+)` +\| `([^`]+)` +\| (?:`(.+?)`|any value) +\| (.+?) +\|$/gm)];
  expect(
    written.map(([, tool, field, pattern, source]) => [tool, field, pattern?.replaceAll("\\|", "|"), source]),
  ).toEqual(TOOL_RULES.map(({ tool, field, pattern, source }) => [tool, field, pattern?.source, source]));
});
