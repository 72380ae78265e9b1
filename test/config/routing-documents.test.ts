import { expect, test } from "bun:test";

import { load } from "./load-support.ts";

test("a file that is named must be there; providers.json in the configuration directory need not", () => {
  expect(() => load({ toml: 'providers_file = "nowhere.json"' })).toThrow("nowhere.json: cannot be read");
  const { configuration, home } = load({});
  expect(configuration.providerEntries).toEqual([]);
  expect(configuration.files).toEqual([
    `${home}/.config/modeltap/config.toml`,
    `${home}/.config/modeltap/.env`,
    `${home}/.config/modeltap/providers.json`,
  ]);
});

const KEY = "sk-proj-0123456789";
const ENTRY = { id: "a", type: "anthropic", paths: ["/x"], upstreamBaseUrl: "http://h" };
const WRONG = "must be the name of an environment variable, not the key itself";

test.each([
  ["config.toml:3: providers.openai.auth.env", { toml: `[providers.openai.auth]\nmode = "bearer"\nenv = "${KEY}"` }],
  [
    "environment MODELTAP_PROVIDERS_OPENAI_AUTH_ENV: providers.openai.auth.env",
    {
      environment: { MODELTAP_PROVIDERS_OPENAI_AUTH_ENV: KEY, MODELTAP_PROVIDERS_OPENAI_AUTH_MODE: "bearer" },
    },
  ],
  [
    "config.toml:4: routes[0].api_key_env",
    { toml: `[[routes]]\nmodel = "m"\nupstream = "groq"\napi_key_env = "${KEY}"` },
  ],
  [
    "providers.json: providers[0].auth.env",
    {
      files: {
        ".config/modeltap/providers.json": JSON.stringify({
          providers: [{ ...ENTRY, auth: { type: "bearer", env: KEY } }],
        }),
      },
    },
  ],
  [
    "models.json: [0].api_key_env",
    {
      environment: { MODELTAP_MODELS_FILE: "models.json" },
      files: { "models.json": JSON.stringify([{ model: "m", upstream_url: "http://h", api_key_env: KEY }]) },
    },
  ],
])("a key where a variable's name belongs is refused and not shown: %s", (place, sources) => {
  let text = "";
  try {
    load(sources);
  } catch (failure) {
    text = String(failure);
  }
  expect(text).toContain(`${place} ${WRONG}`);
  expect(text).not.toContain(KEY);
  expect(text.split("\n").filter((line) => line.includes("auth") || line.includes("api_key_env"))).toHaveLength(1);
});

test("an unknown upstream of a route is told with its file and line", () => {
  const toml = '[[routes]]\nmodel = "a"\nupstream = "groq"\n[[routes]]\nmodel = "b"\nupstream = "opnai"';
  expect(() => load({ toml })).toThrow(
    /config\.toml:6: routes\[1\]\.upstream must be the id of a provider, not "opnai" \(did you mean "openai"\?\)/,
  );
  const several = '[[routes]]\nmodel = "a"\nupstreams = [{ upstream = "groq" }, { upstream = "opnai" }]';
  expect(() => load({ toml: several })).toThrow(/config\.toml:3: routes\[0\]\.upstreams\[1\]\.upstream must be/);
});

test("one id cannot be in both places, and a fallback must be known", () => {
  const files = {
    ".config/modeltap/providers.json": JSON.stringify({
      providers: [{ id: "a", type: "anthropic", paths: ["/x"], upstreamBaseUrl: "http://h" }],
    }),
  };
  expect(() => load({ files, toml: '[providers.a]\nbase_url = "http://b"' })).toThrow("one must go");
  expect(() => load({ toml: '[fallback]\nupstream = "opnai"' })).toThrow('did you mean "openai"?');
});

test.each([
  [{ toml: 'models_json = "{"' }, "config.toml:1: models_json: is not valid JSON"],
  [{ toml: 'providers_json = "{"' }, "config.toml:1: providers_json: is not valid JSON"],
  [{ environment: { MODELTAP_MODELS_JSON: "{" } }, "environment MODELTAP_MODELS_JSON: is not valid JSON"],
])("what is wrong in a document that is written out names its key: %j", (sources, message) => {
  expect(() => load(sources)).toThrow(message);
});
