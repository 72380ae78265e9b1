/** @module The configuration over the api: the older program's fields, every setting with its source, and no secret. */

import { afterAll, beforeAll, expect, test } from "bun:test";
import { createRoutingBoard } from "../../src/api/routing-board.ts";
import { toConfigSummary } from "../../src/config-summary.ts";
import { toRouting } from "../../src/routing.ts";
import { toRoutingFacts } from "../../src/routing-facts.ts";
import { load } from "../config/load-support.ts";
import { type ApiCase, openApiCase } from "./api-case.ts";

const SECRETS = ["sk-team-0123456789abcdef", "proxy-password-1", "Bearer header-secret-1", "sk-literal-0123456789"];
const DOORS = {
  ADMIN_API_KEY: "admin-token-0123456789",
  DASHBOARD_PASSWORD_HASH: "$argon2id$v=19$m=65536,t=2,p=1$c2FsdHNhbHRzYWx0$aGFzaGhhc2hoYXNoaGFzaGhhc2g",
  DASHBOARD_SESSION_SECRET: "session-secret-0123456789abcdef01234567",
  MODELTAP_BOOTSTRAP_KEY: `mt_${"ab".repeat(32)}`,
};
const TOML = `
port = 9000
retries = 4
upstream = "groq"
https_proxy = "http://user:${SECRETS[1]}@proxy.example:3128"
client_names = ["${SECRETS[0]}=alice"]
models_json = '{"model_routes": [{"model": "m", "upstream_url": "https://a.example/v1", "api_key": "${SECRETS[3]}"}]}'
[timeouts]
connect = "3s"
[providers.groq.headers.set]
x-api-key = "${SECRETS[2]}"
[providers.groq.auth]
mode = "bearer"
env = "GROQ_API_KEY"
`;
const PROVIDERS = `{"providers": [{"id": "glm", "type": "openai-compatible", "paths": ["/v1/chat/completions"],
  "upstreamBaseUrl": "https://api.z.ai/api/paas/v4", "models": ["glm-"], "auth": {"type": "bearer", "env": "ZAI_API_KEY"}}]}`;

let api: ApiCase;
beforeAll(async () => {
  const { configuration } = load({
    toml: TOML,
    files: { ".config/modeltap/providers.json": PROVIDERS },
    environment: { ...DOORS, GROQ_API_KEY: "gsk_secret0123456789", ZAI_API_KEY: "zai-secret-0123456789" },
  });
  const routing = createRoutingBoard();
  routing.set(toRoutingFacts(configuration, toRouting(configuration), () => []));
  api = await openApiCase({ routing, summary: toConfigSummary(configuration) });
});
afterAll(() => api.close());

test("config has the older program's fields, with what is so here", async () => {
  expect(await api.json("/admin/config")).toMatchObject({
    proxy: { host: "127.0.0.1", port: 9000, trustProxyHeaders: false },
    upstream: { cliProxyApiUrl: "https://api.groq.com", id: "groq", connectTimeoutMs: 3000, maxRetries: 4 },
    intervals: { pricingRefreshMs: 21_600_000, costBackfillMs: 1_800_000, quotaRefreshMs: null },
    features: { hasAdminApiKey: true, hasDashboardPassword: true, hasMgmtKey: false, hasAuthDir: false },
  });
});

test("every setting is there with its source; names of variables are shown", async () => {
  const { settings } = (await api.json("/admin/config")) as {
    settings: { key: string; value: string; source: string }[];
  };
  expect(settings.find(({ key }) => key === "port")).toMatchObject({
    value: "9000",
    source: expect.stringContaining("config.toml"),
  });
  expect(settings.find(({ key }) => key === "providers.groq.auth.env")?.value).toBe("GROQ_API_KEY");
  expect(settings.find(({ key }) => key === "capture")).toMatchObject({ source: "default" });
});

test("no secret is in any of it", async () => {
  for (const path of ["/admin/config", "/admin/providers"]) {
    const text = await (await api.ask(path)).text();
    for (const secret of [...SECRETS, ...Object.values(DOORS), "gsk_secret", "zai-secret", "header-secret"])
      expect(text).not.toContain(secret);
  }
});

test("providers say what they are limited to, and where that stands", async () => {
  const answer = (await api.json("/admin/providers")) as { providers: { id: string }[] };
  expect(answer).toMatchObject({
    source: { source: "PROVIDERS_CONFIG_PATH", configPath: expect.stringContaining("providers.json") },
  });
  expect(answer.providers.find(({ id }) => id === "glm")).toEqual({
    id: "glm",
    type: "openai-compatible",
    paths: ["/v1/chat/completions"],
    models: ["glm-"],
    hasCustomUpstream: true,
    inUse: true,
  } as never);
  expect(answer.providers.find(({ id }) => id === "anthropic")).toMatchObject({
    type: "anthropic",
    hasCustomUpstream: false,
  });
});

test("a process that nobody told says so", async () => {
  const bare = await openApiCase({ summary: undefined, routing: createRoutingBoard() });
  expect((await bare.ask("/admin/config")).status).toBe(404);
  expect((await bare.ask("/admin/providers")).status).toBe(503);
  await bare.close();
});
