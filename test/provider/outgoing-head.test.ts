import { expect, test } from "bun:test";

import { toOutgoingHead } from "../../src/provider/outgoing-head.ts";
import type { Upstream } from "../../src/provider/upstream.ts";

const PLAIN: Upstream = {
  id: "gw",
  provider: "gw",
  family: "openai",
  baseUrl: "https://gw.example",
  local: false,
  includeUsage: "auto",
  capture: "full",
  captureBytes: 0,
  tlsInsecure: false,
};
const CLIENT = {
  authorization: "Bearer sk-client-0123456789abcdef",
  "x-api-key": "client-key",
  "x-goog-api-key": "client-goog",
  "user-agent": "x",
  "x-team": "sk-ant-api03-0123456789abcdef",
};
const bearer = (secret: string | undefined): Upstream => ({
  ...PLAIN,
  credential: { mode: "bearer", header: "authorization", from: "environment variable GW_KEY", read: () => secret },
});

test("an upstream without rules gets the very same fields, nothing copied", () => {
  const head = toOutgoingHead(PLAIN, CLIENT, "?key=1");
  expect(head.headers).toBe(CLIENT);
  expect(head).toMatchObject({ query: "?key=1", edits: [] });
});

test("nothing that is a credential of the client goes to an upstream that has its own", () => {
  const head = toOutgoingHead(bearer("own"), CLIENT, "?alt=sse&key=client-goog&a=%2F");
  expect(head.headers).toEqual({ authorization: "Bearer own", "user-agent": "x" });
  expect(head.query).toBe("?alt=sse&a=%2F");
  expect(head.edits.map(({ kind, detail }) => `${kind} ${detail}`)).toEqual([
    "credential_removed authorization",
    "credential_removed x-api-key",
    "credential_removed x-goog-api-key",
    "credential_removed x-team",
    "credential_removed ?key",
    "credential_set authorization",
  ]);
  expect(JSON.stringify(head.edits)).not.toContain("own");
});

test("x-api-key and header send the bare secret in their field", () => {
  const read = () => "own";
  const xApiKey = { ...PLAIN, credential: { mode: "x-api-key", header: "x-api-key", from: "", read } } as const;
  const custom = { ...PLAIN, credential: { mode: "header", header: "x-gateway-key", from: "", read } } as const;
  expect(toOutgoingHead(xApiKey, CLIENT, "").headers).toEqual({ "user-agent": "x", "x-api-key": "own" });
  expect(toOutgoingHead(custom, CLIENT, "").headers).toEqual({ "user-agent": "x", "x-gateway-key": "own" });
});

test("none sends none", () => {
  expect(toOutgoingHead({ ...PLAIN, credential: { mode: "none" } }, CLIENT, "?key=k")).toMatchObject({
    headers: { "user-agent": "x" },
    query: "",
  });
});

test("a missing credential is an error that names where it should be", () => {
  expect(() => toOutgoingHead(bearer(undefined), CLIENT, "")).toThrow("environment variable GW_KEY");
  expect(() => toOutgoingHead(bearer(undefined), CLIENT, "")).toThrow(
    expect.objectContaining({ code: "credential_missing", status: 502 }),
  );
});

test("header rules remove, set and default, and list only what they changed", () => {
  const headerRules = {
    remove: ["user-agent", "x-absent"],
    set: [["x-a", "1"]],
    default: [
      ["x-b", "2"],
      ["x-c", "3"],
    ],
  } as const;
  const head = toOutgoingHead({ ...PLAIN, headerRules }, { "user-agent": "x", "x-b": "mine", authorization: "k" }, "");
  expect(head.headers).toEqual({ authorization: "k", "x-a": "1", "x-b": "mine", "x-c": "3" });
  expect(head.edits.map(({ kind, detail }) => `${kind} ${detail}`)).toEqual([
    "header_removed user-agent",
    "header_set x-a",
    "header_defaulted x-c",
  ]);
});

test("a rule that sets a credential makes it the upstream's own: the client's stay out", () => {
  const headerRules = { remove: [], set: [["authorization", "Bearer own"]], default: [] } as const;
  expect(toOutgoingHead({ ...PLAIN, headerRules }, CLIENT, "").headers).toEqual({
    authorization: "Bearer own",
    "user-agent": "x",
  });
});
