/** @module Where each provider lives while the demo runs: all at the fake provider, each under a path of its own. */

/** Providers that the demo's own sessions call. */
export const DEMO_PROVIDERS = ["anthropic", "openai", "gemini", "openrouter", "groq", "ollama"] as const;

/**
 * Provider id → base URL at the fake provider. Give every known id: a request a person sends by hand must not leave
 * the machine either.
 */
export function demoBaseUrls(
  providerUrl: string,
  providerIds: readonly string[] = DEMO_PROVIDERS,
): Readonly<Record<string, string>> {
  return Object.fromEntries(providerIds.map((id) => [id, toDemoBaseUrl(providerUrl, id)]));
}

/** The path tells the fake provider whom it plays, and shows in each recorded attempt that it is a demo. */
export function toDemoBaseUrl(providerUrl: string, providerId: string): string {
  return `${providerUrl}/demo/${providerId}`;
}
