/** @module Environment names of the four prior programs: which are understood here, and which not yet or not at all. */

import { addHttp, isLoopbackUrl } from "./base-url.ts";
import { parseJsonDocument } from "./json-check.ts";

/** A key path and its value as text. */
export type OldValue = readonly [path: readonly string[], text: string];

export type OldName = {
  readonly name: string;
  /** What the value means here: none when it asks for what happens anyway, undefined when it is not understood. */
  readonly read: (value: string) => readonly OldValue[] | undefined;
};

const as =
  (...path: string[]) =>
  (value: string): readonly OldValue[] => [[path, value]];

const PASSWORD_HASH = ["dashboard", "password_hash"];

/** In order of precedence where two of them mean the same key. `docs/coming-from.md` has a row for each. */
export const OLD_NAMES: readonly OldName[] = [
  { name: "PROXY_PORT", read: as("port") },
  { name: "PROXY_HOST", read: as("host") },
  { name: "PROXY_DB_PATH", read: as("database") },
  { name: "OLLAMA_BASE_URL", read: (value) => as("providers", "ollama", "base_url")(addHttp(value)) },
  { name: "LLM_OBSERVE_DATABASE_URL", read: as("database") },
  { name: "LLM_OBSERVE_EXPOSE_ALL_IPS", read: readExposeAll },
  { name: "LLM_OBSERVE_INCOMING_HOST", read: as("host") },
  { name: "LLM_OBSERVE_INCOMING_PORT", read: as("port") },
  { name: "LLM_OBSERVE_UPSTREAM_URL", read: readUpstreamUrl },
  { name: "LLM_OBSERVE_LOG_LEVEL", read: readLogLevel },
  { name: "CLI_PROXY_API_URL", read: readCliProxyUrl },
  { name: "CLI_PROXY_API_KEY", read: readCliProxyKey },
  { name: "PROXY_LOCAL_OK", read: (value) => (value === "1" ? as("upstream")(CLI_PROXY) : []) },
  { name: "DB_PATH", read: as("database") },
  { name: "AGENT_CLI_PROXY_DATA_DIR", read: as("data_dir") },
  { name: "UPSTREAM_CONNECT_TIMEOUT_MS", read: as("timeouts", "connect") },
  { name: "UPSTREAM_TIMEOUT_MS", read: as("timeouts", "total") },
  { name: "UPSTREAM_STREAM_FIRST_BYTE_TIMEOUT_MS", read: as("timeouts", "stream_first_byte") },
  { name: "UPSTREAM_MAX_RETRIES", read: as("retries") },
  { name: "RATE_LIMIT_MAX_RETRIES", read: as("rate_limit_retries") },
  { name: "UPSTREAM_CIRCUIT_BREAKER_OPEN_AFTER_FAILURES", read: as("breaker", "open_after_failures") },
  { name: "UPSTREAM_CIRCUIT_BREAKER_HALF_OPEN_AFTER_MS", read: as("breaker", "half_open_after") },
  { name: "UPSTREAM_CIRCUIT_BREAKER_EVICT_AFTER_MS", read: as("breaker", "evict_after") },
  { name: "MAX_REQUEST_BODY_BYTES", read: as("max_held_body") },
  { name: "PROXY_REQUIRE_API_KEY", read: as("require_api_key") },
  { name: "RATE_LIMIT_PER_CLIENT_PER_MIN", read: as("client_limits", "requests_per_minute") },
  { name: "ADMIN_API_KEY", read: (value) => (value.trim() === "" ? [] : as("admin_api_key")(value)) },
  { name: "TRUST_PROXY_HEADERS", read: as("trust_proxy_headers") },
  { name: "DASHBOARD_PASSWORD_HASH", read: (value) => (value.trim() === "" ? [] : as(...PASSWORD_HASH)(value)) },
  { name: "DASHBOARD_SESSION_SECRET", read: as("dashboard", "session_secret") },
  { name: "DASHBOARD_SESSION_TTL_MS", read: as("dashboard", "session_ttl") },
  { name: "LOGIN_RATE_LIMIT_WINDOW_MS", read: as("dashboard", "login_window") },
  { name: "LOGIN_RATE_LIMIT_MAX_ATTEMPTS", read: as("dashboard", "login_attempts") },
  { name: "CLIENT_NAME_MAPPING", read: as("client_names") },
  { name: "LOG_LEVEL", read: readLogLevel },
  { name: "LOG_FORMAT", read: readLogFormat },
  { name: "LLM_OBSERVE_MODELS_FILE", read: as("models_file") },
  { name: "LLM_OBSERVE_MODELS_JSON", read: as("models_json") },
  { name: "LLM_OBSERVE_DEFAULT_FIXES_JSON", read: readDefaultFixes },
  { name: "PROVIDERS_JSON", read: (value) => (value.trim() === "" ? [] : as("providers_json")(value)) },
  { name: "PROVIDERS_CONFIG_PATH", read: as("providers_file") },
  { name: "LLM_PROXY_PORT", read: as("port") },
  { name: "PRICING_CACHE_PATH", read: as("pricing", "cache") },
  { name: "PRICING_CACHE_TTL_MS", read: as("pricing", "cache_ttl") },
  { name: "PRICING_REFRESH_INTERVAL_MS", read: as("pricing", "refresh_interval") },
  { name: "READY_PRICING_MAX_AGE_MS", read: as("pricing", "max_age") },
  { name: "PRICING_OVERRIDES_JSON", read: as("pricing", "overrides_json") },
  { name: "PRICING_ALIASES_JSON", read: as("pricing", "aliases_json") },
  { name: "COST_BACKFILL_INTERVAL_MS", read: as("pricing", "backfill_interval") },
  { name: "COST_BACKFILL_LOOKBACK_MS", read: as("pricing", "backfill_lookback") },
  { name: "COST_BACKFILL_CHUNK_SIZE", read: as("pricing", "backfill_chunk") },
];

/** Names without a meaning yet that are told about when set: being silent would change where traffic goes or what is kept. */
export const UNREAD_OLD_NAMES: readonly string[] = [
  "BEDROCK_REGION",
  "LLM_PROXY_LOG_DIR",
  "LLM_PROXY_LOKI_ENABLED",
  "LLM_PROXY_LOKI_URL",
];

/** Names all programs share, read without a word: key and its spellings, best first. */
export const COMMON_NAMES: readonly (readonly [key: string, names: readonly string[]])[] = [
  ["https_proxy", ["HTTPS_PROXY", "https_proxy"]],
  ["no_proxy", ["NO_PROXY", "no_proxy"]],
];

function readExposeAll(value: string): readonly OldValue[] {
  return /^(?:1|true|yes|on)$/i.test(value.trim()) ? as("host")("0.0.0.0") : [];
}

const CLI_PROXY = "cliproxyapi";

/** Everything on the root paths goes there. */
function readCliProxyUrl(value: string): readonly OldValue[] {
  return [
    [["upstream"], CLI_PROXY],
    [["providers", CLI_PROXY, "base_url"], addHttp(value)],
  ];
}

/** The key itself stays in the variable. */
function readCliProxyKey(): readonly OldValue[] {
  return [
    [["providers", CLI_PROXY, "auth", "mode"], "bearer"],
    [["providers", CLI_PROXY, "auth", "env"], "CLI_PROXY_API_KEY"],
  ];
}

/** Their one upstream: the seeded local one here when it is on this machine, else a provider of its own. */
export function readUpstreamUrl(value: string): readonly OldValue[] {
  const url = addHttp(value);
  const id = isLoopbackUrl(url) ? "local-llm" : "upstream";
  return [
    [["upstream"], id],
    [["providers", id, "base_url"], url],
  ];
}

/** A JSON array of ids. */
function readDefaultFixes(value: string): readonly OldValue[] | undefined {
  const parsed = parseJsonDocument(value);
  if ("wrong" in parsed || !Array.isArray(parsed.value)) return undefined;
  const ids: readonly unknown[] = parsed.value;
  return ids.every((id) => typeof id === "string") ? as("default_fixes")(ids.join(",")) : undefined;
}

const LOG_LEVELS: Readonly<Record<string, string>> = {
  trace: "debug",
  debug: "debug",
  info: "info",
  warn: "warn",
  warning: "warn",
  error: "error",
  critical: "error",
};

function readLogLevel(value: string): readonly OldValue[] | undefined {
  const level = LOG_LEVELS[value.trim().toLowerCase()];
  return level === undefined ? undefined : as("log_level")(level);
}

function readLogFormat(value: string): readonly OldValue[] | undefined {
  const format = value.trim().toLowerCase();
  return format === "json" || format === "pretty" ? as("log_format")(format) : undefined;
}
