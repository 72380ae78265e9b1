import { expect, test } from "bun:test";

import { findSettingKey, listChildNames, listSettingKeys, toVariableName } from "../../src/config/key.ts";

const keys = listSettingKeys();

test("every key has a meaning, a type and a default that its own type accepts", () => {
  for (const key of keys) {
    expect(key.description.length).toBeGreaterThan(10);
    expect(key.meta.expects).not.toBe("");
    if (key.defaultValue !== undefined) expect(key.schema.safeParse(key.defaultValue).success).toBe(true);
  }
  expect(keys.length).toBeGreaterThan(30);
});

test("names follow from paths", () => {
  expect(toVariableName(["timeouts", "first_byte"])).toBe("MODELTAP_TIMEOUTS_FIRST_BYTE");
  expect(toVariableName(["providers", "ollama-cloud", "base_url"])).toBe("MODELTAP_PROVIDERS_OLLAMA_CLOUD_BASE_URL");
});

test("a provider's key is found under any id", () => {
  expect(findSettingKey(keys, ["providers", "any.id", "base_url"])?.name).toBe("providers.<id>.base_url");
  expect(findSettingKey(keys, ["providers", "openai"])).toBeUndefined();
  expect(findSettingKey(keys, ["journal", "sync"])?.meta.kind).toBe("boolean");
});

test("the names of a table are known, ids are free", () => {
  expect(listChildNames(keys, ["journal"])).toEqual(["max_size", "memory", "sync"]);
  expect(listChildNames(keys, ["providers"])).toBe("any");
  expect(listChildNames(keys, ["providers", "x"])).toContain("base_url");
  expect(listChildNames(keys, [])).toContain("timeouts");
});
