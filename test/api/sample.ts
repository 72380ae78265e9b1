/** @module Made-up traffic that looks like a working week: every provider, every oddity, the same each time. */

import type { Exchange, ExchangeState } from "../../src/domain/exchange.ts";
import { type ExchangeId, parseExchangeId } from "../../src/domain/id.ts";
import type { Cost, CostConfidence } from "../../src/domain/money.ts";
import type { Usage } from "../../src/domain/usage.ts";

/** A model name that a hostile upstream could send. */
export const HOSTILE_MODEL = `<img src=x onerror="window.__pwned=1">`;

const MODELS = [
  ["anthropic", "claude-sonnet-4-5", "anthropic-messages", "/v1/messages", 3000, 15000, "claude-code"],
  ["anthropic", "claude-opus-4-5", "anthropic-messages", "/v1/messages", 5000, 25000, "claude-code"],
  ["openai", "gpt-5", "openai-responses", "/v1/responses", 1250, 10000, "codex"],
  ["openai", "gpt-5-mini", "openai-chat", "/v1/chat/completions", 250, 2000, "openai-sdk"],
  [
    "gemini",
    "gemini-2.5-flash",
    "gemini",
    "/v1beta/models/gemini-2.5-flash:streamGenerateContent",
    300,
    2500,
    "gemini-cli",
  ],
  ["openrouter", "qwen/qwen3-coder", "openai-chat", "/api/v1/chat/completions", 220, 950, "cline"],
  ["ollama", "llama3.2", "ollama", "/api/chat", 0, 0, "continue"],
  ["zai", "glm-4.6", "openai-chat", "/api/paas/v4/chat/completions", undefined, undefined, "opencode"],
] as const;

/** A small generator of its own, so that the traffic is the same on every machine. */
export function createRandom(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 4294967296;
  };
}

/** A UUIDv7 whose order is the order of `atMs` and then of `index`. */
export function toSampleId(atMs: number, index: number): ExchangeId {
  const time = Math.floor(atMs).toString(16).padStart(12, "0");
  const tail = (index % 0xffffffffffff).toString(16).padStart(12, "0");
  const id = parseExchangeId(`${time.slice(0, 8)}-${time.slice(8)}-7000-8000-${tail}`);
  if (id === undefined) throw new Error(`not an id: ${time} ${tail}`);
  return id;
}

/** `count` exchanges, oldest first, spread over `spanMs` up to `endMs`. */
export function* sampleTraffic(options: { count: number; endMs: number; spanMs: number; seed?: number }) {
  const random = createRandom(options.seed ?? 7);
  for (let index = 0; index < options.count; index++) {
    const atMs = options.endMs - options.spanMs + Math.floor((options.spanMs * index) / options.count);
    yield sampleExchange(index, atMs, random);
  }
}

/** Makes counted calls that start now, one after the other. */
export function createFreshCalls(firstIndex: number): (changes?: Partial<Exchange>) => Exchange {
  let index = firstIndex;
  return (changes = {}) => {
    index += 1;
    const done: Partial<Exchange> = { kind: "generation", state: "completed", statusCode: 200, ...changes };
    return sampleExchange(index, Date.now(), createRandom(index), done);
  };
}

/** One exchange of the sample. `changes` replace fields of it. */
export function sampleExchange(
  index: number,
  atMs: number,
  random: () => number = createRandom(index),
  changes: Partial<Exchange> = {},
): Exchange {
  const [provider, name, dialect, path, inPrice, outPrice, tool] =
    MODELS[Math.floor(random() ** 1.6 * MODELS.length)] ?? MODELS[0];
  const model = index % 97 === 13 ? HOSTILE_MODEL : name;
  const state = pickState(random());
  const streaming = random() < 0.8;
  const refused = state === "failed" && random() < 0.15;
  const durationMs = 400 + random() * 14_000;
  const usage = state === "completed" && random() > 0.01 ? pickUsage(random) : undefined;
  const statusCode =
    state === "completed" ? 200 : state === "failed" ? (refused ? 404 : random() < 0.6 ? 429 : 500) : 200;
  const cost =
    usage === undefined
      ? undefined
      : priceOf(usage, inPrice, outPrice, model === name ? "exact" : "unknown", `${provider}/${model}`);
  return {
    id: toSampleId(atMs, index),
    state,
    startedAtMs: atMs,
    ...(state === "pending" ? {} : { endedAtMs: atMs + durationMs }),
    ...(state === "aborted" ? { endedBy: "client" as const } : {}),
    surface: `/${provider}`,
    provider,
    upstream: provider,
    dialect,
    kind: random() < 0.04 ? "other" : "generation",
    method: "POST",
    path,
    ...(state === "interrupted" || state === "pending" ? {} : { statusCode }),
    ...(refused ? { errorCode: "unknown_path", errorMessage: "There is no such path here." } : {}),
    ...(state === "failed" && !refused
      ? { errorMessage: statusCode === 429 ? "rate_limit_error: slow down" : "api_error: internal" }
      : {}),
    requestModel: model,
    ...(state === "completed" ? { responseModel: model, responseId: `msg_${index}`, finishReason: "end_turn" } : {}),
    streaming,
    ...(usage === undefined ? {} : { usage }),
    usageSource: usage === undefined ? "none" : "reported",
    ...(cost === undefined ? {} : { cost }),
    billing: provider === "anthropic" && random() < 0.2 ? "subscription" : "metered",
    timing: {
      durationMs,
      ttfbMs: durationMs * 0.12,
      ...(state === "completed" ? { ttftMs: durationMs * 0.15 } : {}),
      overheadMs: 0.2 + random() * 0.6,
    },
    request: { wireBytes: 2000 + Math.floor(random() * 90_000), contentType: "application/json" },
    response: {
      wireBytes: 900 + Math.floor(random() * 20_000),
      contentType: streaming ? "text/event-stream" : "application/json",
    },
    requestHeaders: [
      ["content-type", "application/json"],
      ["authorization", "Bearer sk-…masked"],
      ["user-agent", `${tool}/1.4.2`],
    ],
    responseHeaders: [
      ["content-type", streaming ? "text/event-stream; charset=utf-8" : "application/json"],
      ["request-id", `req_${index}`],
      ["anthropic-ratelimit-tokens-remaining", "79000"],
    ],
    tool,
    capture: "full",
    edits:
      dialect === "openai-chat" && streaming
        ? [{ side: "request", kind: "include_usage", detail: "stream_options.include_usage = true" }]
        : [],
    attempts: refused
      ? []
      : [
          {
            upstream: provider,
            url: `https://api.${provider}.example${path}`,
            startedMs: 0.4,
            endedMs: durationMs,
            ...(statusCode === undefined ? {} : { statusCode }),
          },
        ],
    warnings: [],
    ...changes,
  };
}

function pickState(draw: number): ExchangeState {
  if (draw < 0.93) return "completed";
  if (draw < 0.97) return "failed";
  return draw < 0.99 ? "aborted" : "interrupted";
}

function pickUsage(random: () => number): Usage {
  const inputTokens = 800 + Math.floor(random() ** 3 * 90_000);
  const outputTokens = 20 + Math.floor(random() ** 2 * 4000);
  return {
    inputTokens,
    outputTokens,
    cacheReadTokens: Math.floor(inputTokens * random() * 0.9),
    ...(random() < 0.4 ? { reasoningTokens: Math.floor(outputTokens * 0.4) } : {}),
  };
}

function priceOf(
  usage: Usage,
  input: number | undefined,
  output: number | undefined,
  confidence: CostConfidence,
  key: string,
): Cost {
  if (input === undefined || output === undefined || confidence === "unknown") {
    return { confidence: "unknown", notes: [`no price row for ${key}`] };
  }
  const cached = usage.cacheReadTokens ?? 0;
  const components = {
    input: (((usage.inputTokens ?? 0) - cached) * input) | 0,
    cacheRead: ((cached * input) / 10) | 0,
    output: ((usage.outputTokens ?? 0) * output) | 0,
  };
  return {
    totalNanoUsd: components.input + components.cacheRead + components.output,
    confidence,
    components,
    source: "built-in",
    priceKey: key,
    price: JSON.stringify({ input: input / 1000, cache_read: input / 10_000, output: output / 1000 }),
    notes: ["matched by the model of the answer"],
  };
}
