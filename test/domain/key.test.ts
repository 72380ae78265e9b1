import { expect, test } from "bun:test";

import { allowsModel, allowsProvider, findKeyFault, type KeyValue, parseKey } from "../../src/domain/key.ts";

const VALUE: KeyValue = { name: "ci", hash: "ab".repeat(32), prefix: "mt_01234", last4: "cdef" };
const stored = (value: unknown) =>
  ({ kind: "key", id: "key_1", value, version: 1, createdAtMs: 5, changedAtMs: 5 }) as const;

test("a stored object is a key when every field is what it should be", () => {
  expect(parseKey(stored({ ...VALUE, allowedModels: ["gpt-5*"], expiresAtMs: 9 }))).toEqual({
    ...VALUE,
    allowedModels: ["gpt-5*"],
    expiresAtMs: 9,
    id: "key_1",
    createdAtMs: 5,
  });
  const broken: unknown[] = [
    null,
    "text",
    {},
    { ...VALUE, hash: "ab" },
    { ...VALUE, name: 1 },
    { ...VALUE, allowedModels: "gpt-5" },
    { ...VALUE, allowedProviders: [1] },
    { ...VALUE, expiresAtMs: "soon" },
    { ...VALUE, revokedAtMs: null },
  ];
  expect(broken.map((value) => parseKey(stored(value)))).toEqual(broken.map(() => undefined));
});

test("a key opens until the moment it expires, and not any more once it is revoked", () => {
  expect(findKeyFault(VALUE, 10)).toBeUndefined();
  expect(findKeyFault({ expiresAtMs: 11 }, 10)).toBeUndefined();
  expect(findKeyFault({ expiresAtMs: 10 }, 10)).toBe("expired");
  expect(findKeyFault({ revokedAtMs: 99, expiresAtMs: 10 }, 10)).toBe("revoked");
});

test("lists name providers, upstreams, models and beginnings of models; no list allows all", () => {
  const upstream = { id: "my-azure", provider: "azure" };
  expect(allowsProvider(VALUE, upstream)).toBe(true);
  expect(allowsProvider({ ...VALUE, allowedProviders: ["azure"] }, upstream)).toBe(true);
  expect(allowsProvider({ ...VALUE, allowedProviders: ["my-azure"] }, upstream)).toBe(true);
  expect(allowsProvider({ ...VALUE, allowedProviders: ["openai"] }, upstream)).toBe(false);
  const models = { ...VALUE, allowedModels: ["gpt-5", "claude-*"] };
  expect(allowsModel(VALUE, "x")).toBe(true);
  expect(["gpt-5", "claude-opus-4-8", "gpt-5-mini", "claude"].map((model) => allowsModel(models, model))).toEqual([
    true,
    true,
    false,
    false,
  ]);
});
