import { describe, expect, test } from "bun:test";
import { readFileSync } from "node:fs";
import { join } from "node:path";

import { toHelpText } from "../../src/cli/help.ts";
import { BACKFILL_CACHED, START_FLAGS } from "../../src/cli/parse.ts";
import { listSettingKeys } from "../../src/config/key.ts";
import { OLD_NAMES, UNREAD_OLD_NAMES } from "../../src/config/old-names.ts";
import { load } from "./load-support.ts";
import { PRIOR_NAMES } from "./prior-names.ts";

type Row = {
  readonly program: string;
  readonly name: string;
  readonly state: string;
  readonly here: readonly string[];
};

const BCRYPT = "$2b$10$abcdefghijklmnopqrstuvABCDEFGHIJKLMNOPQRSTUVWXYZ01234";
const page = readFileSync(join(import.meta.dir, "..", "..", "docs", "coming-from.md"), "utf8");
const rows = page.split(/^## /m).flatMap((section): Row[] => {
  const program = section.split("\n")[0] ?? "";
  return [...section.matchAll(/^\| `([^`]+)` +\| (accepted|new name|later|left out) +\| (.*?) +\| (.*?) *\|$/gm)].map(
    ([, name = "", state = "", here = ""]) => ({
      program,
      name,
      state,
      here: [...here.matchAll(/`([^`]+)`/g)].map(([, part = ""]) => part),
    }),
  );
});

const isVariable = (name: string): boolean => /^[A-Z]/.test(name);
const isFlag = (name: string): boolean => name.startsWith("-");
const flagNames = [...START_FLAGS.map((flag) => flag.name), "--help", BACKFILL_CACHED];
const keyNames = listSettingKeys().map((key) => key.name);

describe("docs/coming-from.md", () => {
  test.each(Object.entries(PRIOR_NAMES))("has one row for each name of %s, and no other", (program, names) => {
    const written = rows.filter((row) => row.program === program).map((row) => row.name);
    expect(written.sort()).toEqual([...names].sort());
  });

  test("says accepted of exactly the variables that are read", () => {
    const accepted = rows.filter((row) => row.state === "accepted" && isVariable(row.name)).map((row) => row.name);
    expect(accepted.sort()).toEqual(OLD_NAMES.map(({ name }) => name).sort());
  });

  test("says accepted of flags and keys only where they exist", () => {
    const accepted = rows.filter((row) => row.state === "accepted" && !isVariable(row.name));
    const wrong = accepted.filter((row) => !(isFlag(row.name) ? flagNames : keyNames).includes(row.name));
    expect(wrong).toEqual([]);
  });

  test("names only keys, flags and pages that exist", () => {
    const known = [...keyNames, ...flagNames, "providers.ollama.base_url", "/health", "/dashboard", "pricing.json"];
    const commands = toHelpText("0");
    const isKnown = (part: string): boolean =>
      part.startsWith("modeltap ") ? commands.includes(`       ${part}`) : known.includes(part);
    const wrong = rows.flatMap((row) =>
      row.here.filter((part) => !isKnown(part)).map((part) => `${row.name}: ${part}`),
    );
    expect(wrong).toEqual([]);
  });

  test("gives a place here for each accepted and each new name, and a reason for each that is left out", () => {
    const placeless = rows.filter((row) => ["accepted", "new name"].includes(row.state) && row.here.length === 0);
    expect(placeless).toEqual([]);
    const reasonless = [...page.matchAll(/^\| `[^`]+` +\| (?:later|left out) +\| .*? +\| *\|$/gm)].map(([row]) => row);
    expect(reasonless).toEqual([]);
  });

  test("says later of each name that is told about when set", () => {
    const later = new Set(rows.filter((row) => row.state === "later").map((row) => row.name));
    expect(UNREAD_OLD_NAMES.filter((name) => !later.has(name))).toEqual([]);
  });
});

const SAMPLES: Readonly<Record<string, readonly [text: string, key: string, value: unknown]>> = {
  LLM_OBSERVE_DEFAULT_FIXES_JSON: [
    '["qwen-tagged-tool-call-rewrite"]',
    "default_fixes",
    ["qwen-tagged-tool-call-rewrite"],
  ],
  PROXY_PORT: ["9001", "port", 9001],
  PROXY_HOST: ["127.0.0.2", "host", "127.0.0.2"],
  PROXY_DB_PATH: ["/srv/x.db", "database", "/srv/x.db"],
  OLLAMA_BASE_URL: ["spark-2448:11434", "providers.ollama.base_url", "http://spark-2448:11434"],
  LLM_OBSERVE_DATABASE_URL: ["sqlite:////srv/y.db", "database", "/srv/y.db"],
  LLM_OBSERVE_INCOMING_HOST: ["localhost", "host", "localhost"],
  LLM_OBSERVE_INCOMING_PORT: ["9002", "port", 9002],
  LLM_OBSERVE_UPSTREAM_URL: ["http://localhost:8000/v1", "providers.local-llm.base_url", "http://localhost:8000/v1"],
  LLM_OBSERVE_LOG_LEVEL: ["WARNING", "log_level", "warn"],
  CLI_PROXY_API_URL: ["cli.example:8317", "providers.cliproxyapi.base_url", "http://cli.example:8317"],
  CLI_PROXY_API_KEY: ["k3y", "providers.cliproxyapi.auth.env", "CLI_PROXY_API_KEY"],
  PROXY_LOCAL_OK: ["1", "upstream", "cliproxyapi"],
  DB_PATH: ["/srv/z.db", "database", "/srv/z.db"],
  AGENT_CLI_PROXY_DATA_DIR: ["/srv/data", "data_dir", "/srv/data"],
  UPSTREAM_CONNECT_TIMEOUT_MS: ["5000", "timeouts.connect", 5000],
  UPSTREAM_TIMEOUT_MS: ["300000", "timeouts.total", 300_000],
  UPSTREAM_STREAM_FIRST_BYTE_TIMEOUT_MS: ["900000", "timeouts.stream_first_byte", 900_000],
  UPSTREAM_MAX_RETRIES: ["4", "retries", 4],
  RATE_LIMIT_MAX_RETRIES: ["3", "rate_limit_retries", 3],
  UPSTREAM_CIRCUIT_BREAKER_OPEN_AFTER_FAILURES: ["7", "breaker.open_after_failures", 7],
  UPSTREAM_CIRCUIT_BREAKER_HALF_OPEN_AFTER_MS: ["1000", "breaker.half_open_after", 1000],
  UPSTREAM_CIRCUIT_BREAKER_EVICT_AFTER_MS: ["2000", "breaker.evict_after", 2000],
  MAX_REQUEST_BODY_BYTES: ["25000000", "max_held_body", 25_000_000],
  PROXY_REQUIRE_API_KEY: ["yes", "require_api_key", true],
  RATE_LIMIT_PER_CLIENT_PER_MIN: ["120", "client_limits.requests_per_minute", 120],
  ADMIN_API_KEY: ["a-token", "admin_api_key", "a-token"],
  TRUST_PROXY_HEADERS: ["true", "trust_proxy_headers", true],
  DASHBOARD_PASSWORD_HASH: [BCRYPT, "dashboard.password_hash", BCRYPT],
  DASHBOARD_SESSION_SECRET: ["sixteen-letters-!", "dashboard.session_secret", "sixteen-letters-!"],
  DASHBOARD_SESSION_TTL_MS: ["3600000", "dashboard.session_ttl", 3_600_000],
  LOGIN_RATE_LIMIT_WINDOW_MS: ["30000", "dashboard.login_window", 30_000],
  LOGIN_RATE_LIMIT_MAX_ATTEMPTS: ["7", "dashboard.login_attempts", 7],
  CLIENT_NAME_MAPPING: ["sk-a=alice,sk-b==bob", "client_names", ["sk-a=alice", "sk-b==bob"]],
  LOG_LEVEL: ["debug", "log_level", "debug"],
  LOG_FORMAT: ["pretty", "log_format", "pretty"],
  LLM_OBSERVE_MODELS_FILE: [join(import.meta.dir, "models.json"), "models_file", join(import.meta.dir, "models.json")],
  LLM_OBSERVE_MODELS_JSON: ["[]", "models_json", "[]"],
  PROVIDERS_JSON: ['{"providers":[]}', "providers_json", '{"providers":[]}'],
  PROVIDERS_CONFIG_PATH: [
    join(import.meta.dir, "providers.json"),
    "providers_file",
    join(import.meta.dir, "providers.json"),
  ],
  LLM_PROXY_PORT: ["9003", "port", 9003],
  PRICING_CACHE_PATH: ["/srv/prices", "pricing.cache", "/srv/prices"],
  PRICING_CACHE_TTL_MS: ["3600001", "pricing.cache_ttl", 3_600_001],
  PRICING_REFRESH_INTERVAL_MS: ["21600001", "pricing.refresh_interval", 21_600_001],
  READY_PRICING_MAX_AGE_MS: ["86400001", "pricing.max_age", 86_400_001],
  PRICING_OVERRIDES_JSON: ['{"m":{"input":1,"output":2}}', "pricing.overrides_json", '{"m":{"input":1,"output":2}}'],
  PRICING_ALIASES_JSON: ['{"a":"b"}', "pricing.aliases_json", '{"a":"b"}'],
  COST_BACKFILL_INTERVAL_MS: ["1800001", "pricing.backfill_interval", 1_800_001],
  COST_BACKFILL_LOOKBACK_MS: ["604800001", "pricing.backfill_lookback", 604_800_001],
  COST_BACKFILL_CHUNK_SIZE: ["501", "pricing.backfill_chunk", 501],
};

/** Understood, but not as the value of a key. */
const NO_KEY = ["LLM_OBSERVE_EXPOSE_ALL_IPS"];

describe("a name of a prior program", () => {
  test.each(OLD_NAMES.filter(({ name }) => !NO_KEY.includes(name)).map(({ name }) => name))(
    "%s sets its key and is told once",
    (name) => {
      const [text, key, value] = SAMPLES[name] ?? ["", "", "no sample"];
      const { read, configuration } = load({ environment: { [name]: text } });
      expect(read(key)).toEqual(value);
      expect(configuration.sources[key]).toBe(`environment ${name}`);
      const told = configuration.notices.filter((notice) =>
        notice.startsWith(`${name} is accepted; its name here is MODELTAP_`),
      );
      expect(told).toHaveLength(1);
      expect(told[0]).toContain(`(${key})`);
    },
  );

  test("LLM_OBSERVE_EXPOSE_ALL_IPS is understood: false changes nothing, true means all addresses", () => {
    expect(load({ environment: { LLM_OBSERVE_EXPOSE_ALL_IPS: "false" } }).configuration.hosts).toEqual([
      "127.0.0.1",
      "::1",
    ]);
    expect(load({ environment: { LLM_OBSERVE_EXPOSE_ALL_IPS: "Yes" } }).configuration.hosts).toEqual(["0.0.0.0"]);
  });

  test("an upstream that is not on this machine becomes a provider of its own", () => {
    const { configuration } = load({ environment: { LLM_OBSERVE_UPSTREAM_URL: "https://gateway.example/v1" } });
    expect(configuration.values.upstream).toBe("upstream");
    expect(configuration.values.providers["upstream"]?.base_url).toBe("https://gateway.example/v1");
  });

  test("a value that is not understood is told and ignored, one without effect yet is told", () => {
    const { configuration } = load({ environment: { LOG_LEVEL: "chatty", BEDROCK_REGION: "eu-west-1" } });
    expect(configuration.values.log_level).toBe("info");
    expect(configuration.notices.map((notice) => notice.split(" ")[0])).toEqual(["LOG_LEVEL", "BEDROCK_REGION"]);
  });

  test("the new name wins beside it, and a higher layer's old name wins over a lower layer's new one", () => {
    const beside = load({ environment: { PROXY_PORT: "1", MODELTAP_PORT: "2" } });
    expect(beside.read("port")).toBe(2);
    expect(beside.configuration.notices).toEqual(["PROXY_PORT is ignored: MODELTAP_PORT (port) is set beside it"]);
    const above = load({ environment: { PROXY_PORT: "1" }, dotEnv: "MODELTAP_PORT=2" });
    expect(above.read("port")).toBe(1);
  });

  test("is read from .env files too, but never from config.toml", () => {
    expect(load({ dotEnv: "PROXY_PORT=7" }).read("port")).toBe(7);
    expect(() => load({ toml: "PROXY_PORT = 7" })).toThrow("unknown key PROXY_PORT");
  });
});
