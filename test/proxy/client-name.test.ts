import { expect, test } from "bun:test";

import { ASKED, createClientNamer } from "../../src/proxy/client-name.ts";
import { createCredentialHasher } from "../../src/proxy/credential.ts";
import { listFields } from "../../src/proxy/request-head.ts";

/** Asked as a request is, whose fields were listed before. */
function createNamer(...parts: Parameters<typeof createClientNamer>) {
  const namer = createClientNamer(...parts);
  return (headers: Headers, query: string) => namer({ headers, fields: listFields(headers), query });
}

const name = createNamer(
  (headers) => (headers.has("authorization") ? `hash-of-${headers.get("authorization")}` : undefined),
  new Map([["hash-of-Bearer b", "bob"]]),
);

test.each([
  [{ "user-agent": "curl/8" }, "curl "],
  [{ "user-agent": "curl/8", authorization: "a" }, "curl curl-hash-of-"],
  [{ "user-agent": "claude-cli/2.0", authorization: "Bearer b" }, "claude-code claude-code-bob"],
  [{ originator: "openclaw", "x-agent-name": "jongi" }, "openclaw openclaw-jongi"],
  [{ "x-modeltap-tool": "My Tool", "x-modeltap-client": "desk" }, "my-tool desk"],
  [{}, "unknown "],
] as const)("%j is %s", (fields, expected) => {
  expect(name(new Headers(fields), "")).toBe(expected);
});

test("every field that may name a client tells heads apart", () => {
  const asked = new Set<string>();
  class Spy extends Headers {
    override get(field: string): string | null {
      asked.add(field);
      return super.get(field);
    }
  }
  const { hash } = createCredentialHasher(new Uint8Array(32));
  const ask = createNamer(hash);
  ask(new Spy(), "");
  // Sessions, runs and tags name nobody.
  for (const field of ["x-modeltap-session", "x-modeltap-run"]) asked.delete(field);
  expect([...asked].filter((field) => !ASKED.has(field))).toEqual([]);
  expect([...asked]).toContain("x-opencode-project");

  const plain = ask(new Headers(), "");
  const named = (field: string, value: string) => ask(new Headers({ [field]: value }), "");
  for (const field of ["authorization", "x-api-key", "x-goog-api-key", "api-key", "x-agent-name", "x-modeltap-tool"]) {
    expect(named(field, "one")).not.toBe(plain);
    expect(named(field, "two")).not.toBe(named(field, "one"));
  }
  expect(ask(new Headers(), "?key=one")).not.toBe(plain);
  expect(ask(new Headers(), "?key=two")).not.toBe(ask(new Headers(), "?key=one"));
});

test("what changes from call to call changes no name, however many heads were seen", () => {
  const ask = (at: number) =>
    name(new Headers({ "user-agent": "curl/8", authorization: `a${at}`, "x-stainless-retry-count": String(at) }), "");
  for (let at = 0; at < 3000; at++) expect(ask(at)).toBe(`curl curl-hash-of-`);
  expect(name(new Headers({ "x-agent-name": "a".repeat(50), "x-codex-turn-metadata": "x".repeat(9000) }), "")).toBe(
    `codex-cli codex-cli-${"a".repeat(50)}`,
  );
});
