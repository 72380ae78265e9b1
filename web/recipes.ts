/** @module How each common client is pointed here, as text to copy. Pure. */

export type Recipe = {
  readonly id: string;
  readonly name: string;
  /** Where the text belongs. */
  readonly where: string;
  readonly code: string;
  readonly note?: string;
};

/** Every recipe for a proxy at `origin` (no slash at its end). */
export function createRecipes(origin: string): readonly Recipe[] {
  const openai = `${origin}/openai/v1`;
  const anthropic = `${origin}/anthropic`;
  return [
    {
      id: "claude-code",
      name: "Claude Code",
      where: "Shell, before you start it",
      code: `export ANTHROPIC_BASE_URL=${anthropic}\nclaude`,
      note: 'To keep it, put the variable under "env" in ~/.claude/settings.json.',
    },
    {
      id: "codex",
      name: "Codex",
      where: "~/.codex/config.toml, first lines",
      code: `openai_base_url = "${openai}"`,
      note: "Codex reads this from its file only, not from the environment.",
    },
    {
      id: "opencode",
      name: "OpenCode",
      where: "opencode.json",
      code: JSON.stringify(
        {
          provider: {
            openai: { options: { baseURL: openai } },
            anthropic: { options: { baseURL: `${anthropic}/v1` } },
          },
        },
        null,
        2,
      ),
    },
    {
      id: "gemini-cli",
      name: "Gemini CLI",
      where: "Shell, before you start it",
      code: `export GOOGLE_GEMINI_BASE_URL=${origin}/gemini\ngemini`,
    },
    {
      id: "cline",
      name: "Cline",
      where: "Settings → API Configuration → OpenAI Compatible → Base URL",
      code: openai,
      note: `With the Anthropic provider: tick “Use custom base URL” and enter ${anthropic}`,
    },
    {
      id: "continue",
      name: "Continue",
      where: "~/.continue/config.yaml",
      code: `models:\n  - name: GPT-5 through modeltap\n    provider: openai\n    model: gpt-5\n    apiBase: ${openai}`,
    },
    {
      id: "cursor",
      name: "Cursor",
      where: "Settings → Models → Override OpenAI Base URL",
      code: openai,
      note: "Cursor calls from its own servers, so it needs an address that they can reach; localhost is not one.",
    },
    {
      id: "openai-sdk",
      name: "OpenAI SDK",
      where: "Shell; Python and JavaScript both read it",
      code: `export OPENAI_BASE_URL=${openai}`,
    },
    {
      id: "anthropic-sdk",
      name: "Anthropic SDK",
      where: "Shell; Python and TypeScript both read it",
      code: `export ANTHROPIC_BASE_URL=${anthropic}`,
    },
    {
      id: "google-genai",
      name: "Google Gen AI SDK",
      where: "JavaScript",
      code: `const ai = new GoogleGenAI({\n  apiKey: process.env.GEMINI_API_KEY,\n  httpOptions: { baseUrl: "${origin}/gemini" },\n});`,
    },
    {
      id: "ollama",
      name: "Ollama clients",
      where: "Shell",
      code: `export OLLAMA_HOST=${origin}/ollama\nollama run llama3.2`,
      note: `Clients that take no path use ${origin} itself: /api/chat and the other Ollama paths are forwarded there too.`,
    },
    {
      id: "curl",
      name: "curl",
      where: "Shell",
      code: [
        `curl ${openai}/chat/completions \\`,
        `  -H "authorization: Bearer $OPENAI_API_KEY" \\`,
        `  -H "content-type: application/json" \\`,
        `  -d '{"model": "gpt-5-mini", "messages": [{"role": "user", "content": "Say hello."}]}'`,
      ].join("\n"),
    },
  ];
}

/**
 * The origin that clients should use: the one this page came from, unless that is a loopback port that
 * the proxy does not listen on (a tunnel, a development server); then the proxy's first address.
 */
export function findClientOrigin(pageOrigin: string, addresses: readonly string[] | undefined): string {
  const known = (addresses ?? []).map((address) => address.replace(/\/+$/, ""));
  const port = /^https?:\/\/(?:localhost|127\.0\.0\.1|\[::1\])(:\d+)?$/.exec(pageOrigin);
  if (port === null || known.length === 0 || known.some((address) => address.endsWith(port[1] ?? "")))
    return pageOrigin;
  return known[0] ?? pageOrigin;
}
