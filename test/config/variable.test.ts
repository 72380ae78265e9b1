import { describe, expect, test } from "bun:test";

import { listSettingKeys } from "../../src/config/key.ts";
import { createVariableReader } from "../../src/config/variable.ts";

const keys = listSettingKeys();
const reader = createVariableReader(keys, ["ollama", "ollama-cloud", "openai", "my-gateway"]);

describe("every key has a variable that leads back to it", () => {
  test.each(keys.map((key) => [key.variable.replace("<id>", "OPENAI"), key.name.replace("<id>", "openai")]))(
    "%s means %s",
    (variable, name) => {
      const found = reader.find(variable);
      expect(found === "own" ? found : found?.join(".")).toBe(name);
    },
  );
});

test("no two keys share a variable", () => {
  const variables = keys.map((key) => key.variable);
  expect(new Set(variables).size).toBe(variables.length);
});

test.each([
  ["MODELTAP_PROVIDERS_OLLAMA_BASE_URL", "providers.ollama.base_url"],
  ["MODELTAP_PROVIDERS_OLLAMA_CLOUD_BASE_URL", "providers.ollama-cloud.base_url"],
  ["MODELTAP_PROVIDERS_MY_GATEWAY_CAPTURE_BODY_MAX", "providers.my-gateway.capture_body_max"],
  ["MODELTAP_PROVIDERS_NEW_ONE_CAPTURE", "providers.new-one.capture"],
  ["MODELTAP_TIMEOUTS_FIRST_BYTE", "timeouts.first_byte"],
])("%s means %s: the longest known id wins, an unknown one is read with dashes", (variable, name) => {
  expect(reader.find(variable)).toEqual(name.split("."));
});

test("what is no key is nothing, what is ours is left alone", () => {
  expect(reader.find("MODELTAP_PROT")).toBeUndefined();
  expect(reader.find("MODELTAP_PROVIDERS_OPENAI")).toBeUndefined();
  expect(reader.find("MODELTAP_PROVIDERS_BASE_URL")).toBeUndefined();
  expect(reader.find("MODELTAP_PROCESS_OPTIONS")).toBe("own");
});
