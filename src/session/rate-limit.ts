/** @module What an answer's header fields say is left of the provider's limits. */

import type { HeaderList } from "../domain/exchange.ts";
import type { RateLimit } from "../domain/turn.ts";

type Draft = { -readonly [Field in keyof RateLimit]: RateLimit[Field] };

const MAX_LIMITS = 20;

/**
 * `anthropic-ratelimit-<resource>-<fact>` and `x-ratelimit-<fact>-<resource>`; a bare `x-ratelimit-<fact>` counts requests.
 * Sources: rate limit pages of Anthropic, OpenAI, Groq and OpenRouter, read 2026-11.
 */
export function readRateLimits(headers: HeaderList | undefined): readonly RateLimit[] {
  const limits = new Map<string, Draft>();
  for (const [name, value] of headers ?? []) {
    const field = name.toLowerCase();
    const anthropic = /^anthropic-ratelimit-(.+)-(limit|remaining|reset|status|utilization)$/.exec(field);
    const general = /^x-ratelimit-(limit|remaining|reset)(?:-(.+))?$/.exec(field);
    const resource = anthropic?.[1] ?? general?.[2] ?? "requests";
    const fact = anthropic?.[2] ?? general?.[1];
    if (fact === undefined) continue;
    let limit = limits.get(resource);
    if (limit === undefined) {
      if (limits.size === MAX_LIMITS) continue;
      limit = { resource: resource.slice(0, 60) };
      limits.set(resource, limit);
    }
    setFact(limit, fact, value.trim());
  }
  return [...limits.values()];
}

function setFact(limit: Draft, fact: string, value: string): void {
  if (value === "") return;
  if (fact === "reset" || fact === "status") {
    limit[fact] = value.slice(0, 60);
    return;
  }
  const figure = Number(value);
  if (!Number.isFinite(figure)) return;
  if (fact === "limit" || fact === "remaining" || fact === "utilization") limit[fact] = figure;
}
