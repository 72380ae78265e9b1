/** @module What a person reads when modeltap has started: where it is, what to paste, what is kept. */

import type { CaptureMode } from "../domain/exchange.ts";

export type BannerFacts = {
  readonly version: string;
  readonly url: string;
  readonly dataDirectory: string;
  readonly capture: CaptureMode;
  readonly demo: boolean;
};

const CAPTURE_TEXT: Readonly<Record<CaptureMode, string>> = {
  full: "full: heads, bodies, usage (secrets masked)",
  metadata: "metadata: heads and usage, no bodies",
  off: "off: counts only",
};

/** The first line has a fixed form: scripts look for it. */
export function toBanner(facts: BannerFacts): string {
  const { url } = facts;
  return `modeltap is listening on ${url}${facts.demo ? "   (DEMO: fake provider, temporary data)" : ""}

  Pages      ${url}/dashboard
  Data       ${facts.dataDirectory}
  Capture    ${CAPTURE_TEXT[facts.capture]}

  Claude Code     ANTHROPIC_BASE_URL=${url}/anthropic claude
  Codex           openai_base_url = "${url}/openai/v1"      (in ~/.codex/config.toml)
  Gemini CLI      GOOGLE_GEMINI_BASE_URL=${url}/gemini gemini
  OpenAI SDKs     OPENAI_BASE_URL=${url}/openai/v1
  Anthropic SDKs  ANTHROPIC_BASE_URL=${url}/anthropic
  Ollama clients  OLLAMA_HOST=${url}/ollama
  curl            curl ${url}/openai/v1/chat/completions …

`;
}
