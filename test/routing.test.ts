import { describe, expect, test } from "bun:test";

import { simulateRoute } from "../src/proxy/simulate.ts";
import { toRouteTable } from "../src/routing.ts";
import { load, type Sources } from "./config/load-support.ts";

const CHAT = "/v1/chat/completions";
const table = (sources: Sources) => toRouteTable(load(sources).configuration);
const tell = (sources: Sources, path: string, model?: string, headers: Record<string, string> = {}) =>
  simulateRoute(table(sources), {
    method: "POST",
    path,
    headers: new Headers(headers),
    ...(model === undefined ? {} : { model }),
  });

describe("[[routes]]", () => {
  const toml = `
upstream = "local-llm"
[[routes]]
model = "gpt-*"
upstream = "openai"
api_key_env = "OPENAI_KEY"
[[routes]]
model = "claude-*"
upstreams = [
  { upstream = "anthropic", api_key_env = "CLAUDE_KEY" },
  { upstream = "openrouter", upstream_model = "anthropic/claude" },
]
[[routes]]
model = "own"
upstream_url = "https://own.example/v1"
provider = "groq"
[[routes]]
model = "off"
upstream = "openai"
active = false
`;

  test("choose upstream, name and credential; unknown models go to the default upstream with the client's key", () => {
    const sources = { toml, environment: { OPENAI_KEY: "k" } };
    expect(tell(sources, CHAT, "gpt-5")).toMatchObject({
      rule: "model-route",
      targets: [
        {
          url: `https://api.openai.com${CHAT}`,
          credential: "environment variable OPENAI_KEY",
          credential_there: true,
          edits: ["credential_set authorization"],
        },
      ],
    });
    expect(tell(sources, "/v1/messages", "claude-x")).toMatchObject({
      targets: [
        { upstream: "anthropic", credential_there: false },
        { upstream: "openrouter", model: "anthropic/claude", credential: "none" },
      ],
    });
    expect(tell(sources, CHAT, "own")).toMatchObject({
      targets: [{ url: `https://own.example${CHAT}`, provider: "groq" }],
    });
    for (const model of ["off", "qwen"]) {
      expect(tell(sources, CHAT, model)).toMatchObject({ rule: "default", targets: [{ upstream: "local-llm" }] });
    }
  });

  test("a fallback is set by upstream and model, and cleared by an empty text", () => {
    const fallback = `[fallback]\nupstream = "groq"\nmodel = "small"`;
    expect(tell({ toml: fallback }, CHAT, "x")).toMatchObject({ rule: "fallback", targets: [{ model: "small" }] });
    const cleared = { toml: '[fallback]\nupstream = ""' };
    expect(tell(cleared, CHAT, "x")).toMatchObject({ rule: "default" });
  });

  test("every problem is told with its path", () => {
    const wrong = `[[routes]]\nmodel = "a*b"\nupstream = "opnai"\nweigth = 1\n[[routes]]\nupstreams = []\npriority = "x"`;
    const problems = (() => {
      try {
        load({ toml: wrong });
        return "";
      } catch (failure) {
        return String(failure);
      }
    })();
    for (const part of [
      "config.toml:2: routes[0].model may have a * at its end only",
      'config.toml:4: routes[0].weigth is not supported (did you mean "weight"?)',
      'config.toml:3: routes[0].upstream must be the id of a provider, not "opnai" (did you mean "openai"?)',
      'config.toml:5: routes[1].model must be a model name or "prefix*"',
      "routes[1].upstreams must not be empty",
      "config.toml:7: routes[1].priority must be a number from 0 to 1000",
    ]) {
      expect(problems).toContain(part);
    }
  });
});

describe("the models file of llm-observe-proxy", () => {
  const routes = [{ model: "a", upstream_url: "https://openrouter.ai/api/v1/", upstream_model: "b", api_key: "sk-x" }];

  test.each([
    ["a list", routes],
    ["an object", { default_fixes: [], model_routes: routes }],
  ])("is understood as %s", (_form, document) => {
    const sources = { environment: { LLM_OBSERVE_MODELS_JSON: JSON.stringify(document) } };
    expect(tell(sources, CHAT, "a")).toMatchObject({
      targets: [
        {
          url: `https://openrouter.ai/api${CHAT}`,
          provider: "openrouter",
          model: "b",
          credential: "a literal value",
          edits: ["credential_set authorization", "model_rewritten b"],
        },
      ],
    });
    // Exact only: a star is no wildcard here, and nothing else matches.
    expect(tell(sources, CHAT, "ab")).toMatchObject({ rule: "default" });
  });

  test("wins over the inline JSON, and its routes come from the flag's file", () => {
    const sources = {
      environment: { LLM_OBSERVE_MODELS_JSON: "[]" },
      flags: [{ key: "models_file", flag: "--models-file", text: "m.json" }],
      files: { "m.json": JSON.stringify(routes) },
    };
    expect(tell(sources, CHAT, "a")).toMatchObject({ rule: "model-route" });
  });

  test.each([
    ["{", "is not valid JSON"],
    ['"x"', "must be an object"],
    ["[{}]", "[0].model must be a non-empty string"],
    ['[{"model":"a"}]', "[0].upstream_url must be a non-empty http(s) URL string"],
    ['[{"model":"a","upstream_url":"ftp://x"}]', "[0].upstream_url must be an http:// or https:// URL"],
    [
      '[{"model":"a","upstream_url":"http://x"},{"model":"a","upstream_url":"http://x"}]',
      "[1].model is in the list twice",
    ],
    ['[{"model":"a","upstream_url":"http://x","api_key":"s3cr","api_key_env":"E"}]', "must not have both"],
    ['[{"model":"a","upstream_url":"http://x","provider_slug":"A B"}]', "provider_slug must be made of"],
  ])("%s is refused without showing it", (document, problem) => {
    const start = () => load({ environment: { LLM_OBSERVE_MODELS_JSON: document } });
    expect(start).toThrow(problem);
    expect(start).not.toThrow("s3cr");
  });
});

describe("providers.json of agent-cli-proxy", () => {
  const GLM = {
    id: "glm",
    type: "openai-compatible",
    paths: [CHAT],
    upstreamBaseUrl: "https://api.z.ai/api/paas/v4/",
    models: ["glm"],
    headers: { "X-Team": "a" },
    auth: { type: "bearer", env: "GLM_KEY" },
  };
  const sources = (...providers: unknown[]): Sources => ({
    environment: { PROVIDERS_JSON: JSON.stringify({ providers }), GLM_KEY: "k", KEY: "k" },
  });

  test("takes its models on its paths, and the base's version stands for the client's", () => {
    expect(tell(sources(GLM), CHAT, "glm-5")).toMatchObject({
      rule: "path",
      targets: [
        {
          url: "https://api.z.ai/api/paas/v4/chat/completions",
          credential: "environment variable GLM_KEY",
          edits: ["header_set x-team", "credential_set authorization"],
        },
      ],
    });
    expect(tell(sources(GLM), CHAT, "gpt-5")).toMatchObject({ rule: "default" });
    expect(tell(sources(GLM), "/v1/responses", "glm-5")).toMatchObject({ rule: "default" });
  });

  test("is selected by header and prefix too, and replaces a provider of the catalogue whole", () => {
    expect(tell(sources(GLM), CHAT, "x", { "x-provider": "glm" })).toMatchObject({ targets: [{ upstream: "glm" }] });
    expect(tell(sources(GLM), "/glm/v1/models")).toMatchObject({
      targets: [{ url: "https://api.z.ai/api/paas/v4/models" }],
    });
    const openai = { ...GLM, id: "openai", models: [], upstreamPath: "chat", auth: "none" };
    expect(tell(sources(openai), CHAT, "x")).toMatchObject({
      targets: [{ url: "https://api.z.ai/api/paas/v4/chat", credential: "none" }],
    });
  });

  test("an anthropic entry has the default version; x-api-key and a header of its own are understood", () => {
    const entry = {
      ...GLM,
      id: "mine",
      type: "anthropic",
      paths: ["/v1/messages"],
      models: undefined,
      headers: undefined,
      auth: { type: "x-api-key", env: "KEY", header: "X-Mine" },
    };
    expect(tell(sources(entry), "/v1/messages", "m")).toMatchObject({
      targets: [{ upstream: "mine", edits: ["header_defaulted anthropic-version", "credential_set x-mine"] }],
    });
  });

  test("is read from the configuration directory by itself", () => {
    const files = { ".config/modeltap/providers.json": JSON.stringify({ providers: [{ ...GLM, auth: "preserve" }] }) };
    expect(tell({ files }, CHAT, "glm-5")).toMatchObject({ targets: [{ upstream: "glm", credential: "client" }] });
  });

  test.each([
    ["[]", "providers must be contained in an object"],
    ['{"providers":1}', "providers must be an array"],
    ['{"providers":[1]}', "providers[0] must be an object"],
    ['{"providers":[{}]}', "providers[0].id must be a non-empty string"],
    ['{"providers":[{}]}', "providers[0].type must be one of openai-compatible, anthropic"],
    ['{"providers":[{}]}', "providers[0].upstreamBaseUrl must be a non-empty http(s) URL string"],
    ['{"providers":[{"paths":[1]}]}', "providers[0].paths[0] must be a non-empty string"],
    ['{"providers":[{"models":"x"}]}', "providers[0].models must be a string array"],
    ['{"providers":[{"headers":{"":"x"}}]}', "providers[0].headers must not contain empty header names"],
    ['{"providers":[{"headers":{"a":1}}]}', "providers[0].headers.a must be a string"],
    ['{"providers":[{"stripProviderField":1}]}', "providers[0].stripProviderField must be a boolean"],
    ['{"providers":[{"auth":1}]}', "providers[0].auth must be a string or object"],
    ['{"providers":[{"auth":"basic"}]}', "providers[0].auth must be one of none, preserve, bearer, x-api-key"],
    ['{"providers":[{"auth":{"type":"bearer","key":1}}]}', "providers[0].auth.key is not supported"],
    ['{"providers":[{"auth":{"type":"bearer","env":""}}]}', "providers[0].auth.env must be a non-empty string"],
    ['{"providers":[{"id":"admin"}]}', "providers[0].id is taken"],
  ])("%s is refused: %s", (document, problem) => {
    expect(() => load({ environment: { PROVIDERS_JSON: document } })).toThrow(problem);
  });

  test("a member that program did not know has no effect here either, which is told with the nearest", () => {
    const entry = { id: "a", type: "anthropic", paths: ["/v1/x"], upstreamBaseUrl: "http://x", striProviderField: 1 };
    const document = JSON.stringify({ providers: [entry], provders: [] });
    const { notices } = load({ environment: { PROVIDERS_JSON: document } }).configuration;
    expect(notices).toContainEqual(
      expect.stringContaining(
        'providers[0].striProviderField is not known and has no effect (did you mean "stripProviderField"?)',
      ),
    );
    expect(notices).toContainEqual(expect.stringContaining("provders is not known"));
  });
});

describe("fallbacks of a provider", () => {
  const toml = `
[providers.openai]
fallbacks = ["openai-eu"]
[providers.openai-eu]
base_url = "https://eu.example"
provider = "openai"
[[routes]]
model = "routed"
upstream = "openai"
`;
  const urls = (path: string, model?: string, headers: Record<string, string> = {}) => {
    const told = tell({ toml }, path, model, headers);
    return "targets" in told ? told.targets.map(({ provider, url }) => `${provider} ${url}`) : told;
  };
  const both = [`openai https://api.openai.com${CHAT}`, `openai https://eu.example${CHAT}`];

  test.each([
    ["its prefix", `/openai${CHAT}`, undefined, {}],
    ["the default", CHAT, "gpt-5", {}],
    ["the selector", CHAT, undefined, { "x-provider": "openai" }],
  ] as [string, string, string | undefined, Record<string, string>][])(
    "stand behind it by %s",
    (_, path, model, headers) => {
      expect(urls(path, model, headers)).toEqual(both);
    },
  );

  test("are no part of a route, of another host, or of where an account token goes", () => {
    expect(urls(CHAT, "routed")).toEqual([both[0] ?? ""]);
    expect(urls(`/openai-eu${CHAT}`)).toEqual([both[1] ?? ""]);
    const token = { authorization: "Bearer aaa.bbb.ccc" };
    expect(urls("/openai/v1/responses", undefined, token)).toEqual([
      "openai https://chatgpt.com/backend-api/codex/responses",
    ]);
  });
});
