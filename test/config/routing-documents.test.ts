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

test("one id cannot be in both places, and a fallback must be known", () => {
  const files = {
    ".config/modeltap/providers.json": JSON.stringify({
      providers: [{ id: "a", type: "anthropic", paths: ["/x"], upstreamBaseUrl: "http://h" }],
    }),
  };
  expect(() => load({ files, toml: '[providers.a]\nbase_url = "http://b"' })).toThrow("one must go");
  expect(() => load({ toml: '[fallback]\nupstream = "opnai"' })).toThrow('did you mean "openai"?');
});
