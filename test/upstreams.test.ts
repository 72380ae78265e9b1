import { expect, test } from "bun:test";

import { toOutgoingHead } from "../src/provider/outgoing-head.ts";
import type { Upstream } from "../src/provider/upstream.ts";
import { toUpstreams } from "../src/upstreams.ts";
import { load, type Sources } from "./config/load-support.ts";

function get(id: string, sources: Sources): Upstream {
  const upstream = toUpstreams(load(sources).configuration).get(id);
  if (upstream === undefined) throw new Error(`no upstream ${id}`);
  return upstream;
}

const CLIENT = { authorization: "Bearer client-secret-0123" };

test("without settings an upstream has neither credential nor rules, so the client's own passes", () => {
  const openai = get("openai", {});
  expect([openai.credential, openai.headerRules, openai.timeouts]).toEqual([undefined, undefined, undefined]);
});

test.each([
  ["bearer", "", { authorization: "Bearer s3cret" }],
  ["bearer", 'header = "X-Upstream"', { "x-upstream": "Bearer s3cret" }],
  ["x-api-key", "", { "x-api-key": "s3cret" }],
  ["header:X-Gateway", "", { "x-gateway": "s3cret" }],
  ["header", 'header = "x-gateway"', { "x-gateway": "s3cret" }],
])("auth mode %s %s sends what the variable holds", (mode, more, fields) => {
  const upstream = get("groq", {
    toml: `[providers.groq.auth]\nmode = "${mode}"\nenv = "GROQ_KEY"\n${more}`,
    environment: { GROQ_KEY: "s3cret" },
  });
  expect(toOutgoingHead(upstream, CLIENT, "").headers).toEqual(fields);
});

test("the variable may stand in .env, the environment wins, and its value is no setting", () => {
  const toml = '[providers.groq.auth]\nmode = "bearer"\nenv = "GROQ_KEY"';
  const dotEnv = "GROQ_KEY=from-file";
  expect(toOutgoingHead(get("groq", { toml, dotEnv }), {}, "").headers).toEqual({ authorization: "Bearer from-file" });
  const both = { toml, dotEnv, environment: { GROQ_KEY: "from-environment" } };
  expect(toOutgoingHead(get("groq", both), {}, "").headers).toEqual({ authorization: "Bearer from-environment" });
  expect(JSON.stringify(load(both).configuration.values)).not.toContain("from-");
});

test("auth, headers and limits can be set in the environment", () => {
  const upstream = get("groq", {
    environment: {
      MODELTAP_PROVIDERS_GROQ_AUTH_MODE: "none",
      MODELTAP_PROVIDERS_GROQ_HEADERS_SET: '{"X-Team":"a"}',
      MODELTAP_PROVIDERS_GROQ_HEADERS_REMOVE: "x-one,x-two",
      MODELTAP_PROVIDERS_GROQ_TIMEOUTS_FIRST_BYTE: "3s",
      MODELTAP_PROVIDERS_GROQ_MAX_HELD_BODY: "2MiB",
    },
  });
  expect(upstream).toMatchObject({
    credential: { mode: "none" },
    headerRules: { set: [["x-team", "a"]], remove: ["x-one", "x-two"] },
    timeouts: { connectMs: 10_000, firstByteMs: 3000 },
    maxHeldBytes: 2 * 1024 * 1024,
  });
});

test("anthropic-version is a default of anthropic-type providers of one's own only", () => {
  const toml = '[providers.mine]\nbase_url = "https://x.example"\ntype = "anthropic"';
  expect(get("mine", { toml }).headerRules?.default).toEqual([["anthropic-version", "2023-06-01"]]);
  expect(get("mine", { toml }).family).toBe("anthropic");
  expect(get("anthropic", { toml }).headerRules).toBeUndefined();
});

test.each([
  ['mode = "bearer"', "must name one of env and file"],
  ['mode = "bearer"\nenv = "A"\nfile = "/b"', "must name one of env and file"],
  ['mode = "header"\nenv = "A"', "auth.header must be the name of the field"],
  ['env = "A"', 'auth.mode must be "bearer", "x-api-key" or "header:<name>"'],
  ['mode = "basic"', 'providers.groq.auth.mode must be one of "preserve", "none"'],
])("auth with %s is refused and says what is wrong", (lines, problem) => {
  expect(() => load({ toml: `[providers.groq.auth]\n${lines}` })).toThrow(problem);
});

test.each(["host", "Content-Length", "connection", "proxy-authorization", "bad name"])(
  "the field %s cannot be set",
  (name) => {
    expect(() => load({ toml: `[providers.groq.headers.set]\n"${name}" = "x"` })).toThrow("a table of header names");
  },
);

test("a field's value cannot hold a line break", () => {
  expect(() => load({ toml: '[providers.groq.headers.set]\nx-a = "1\\r\\nx-b: 2"' })).toThrow(
    "a table of header names",
  );
});
