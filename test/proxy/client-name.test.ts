import { expect, test } from "bun:test";

import { createClientNamer } from "../../src/proxy/client-name.ts";

const name = createClientNamer(
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
