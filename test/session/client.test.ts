/** @module Instances of tools: named by the caller, by the configuration, by installation, by key. */

import { expect, test } from "bun:test";

import { findClient } from "../../src/session/client.ts";
import { toEvidence } from "../../src/session/request.ts";
import { evidence, readRecordedRequests, toIdentityRequest } from "./client-request.ts";

test("X-Agent-Name names the instance: openclaw-jongi", () => {
  const named = evidence({ "x-agent-name": "jongi" });
  expect(findClient(named, "openclaw")).toEqual({ client: "openclaw-jongi", evidence: "header x-agent-name" });
  expect(findClient(named, "claude-code")?.client).toBe("claude-code-jongi");
  expect(findClient(evidence({ "x-agent-name": "openclaw-jongi" }), "openclaw")?.client).toBe("openclaw-jongi");
});

test("the override is taken as it is", () => {
  const found = findClient(evidence({ "x-agent-name": "jongi" }), "openclaw", { override: "build 7" });
  expect(found).toEqual({ client: "build 7", evidence: "header x-modeltap-client" });
});

test("a configured name goes by the credential's hash, below the agent's own name", () => {
  const names = new Map([["0123456789abcdef", "alice"]]);
  const keyed = { credentialHash: "0123456789abcdef" };
  expect(findClient(evidence({}, undefined, keyed), "curl", { names })).toEqual({
    client: "curl-alice",
    evidence: "client_names",
  });
  expect(findClient(evidence({ "x-agent-name": "jongi" }, undefined, keyed), "openclaw", { names })?.client).toBe(
    "openclaw-jongi",
  );
});

test("programs that send the id of their installation are told apart by it", () => {
  const clients = readRecordedRequests().map((each) => findClient(toEvidence(toIdentityRequest(each)), "t")?.client);
  expect(clients.filter((client) => client !== undefined)).toEqual(["t-c576d726", "t-c576d726", "t-f01cda34"]);
  const userId = JSON.stringify({ device_id: "42fd3697fe62", account_uuid: "", session_id: "s" });
  expect(findClient(evidence({}, { metadata: { user_id: userId } }), "claude-code")?.client).toBe(
    "claude-code-42fd3697",
  );
});

test("else by the hash of the key, but never by an account token, which is renewed", () => {
  const keyed = { credentialHash: "0123456789abcdef" };
  expect(findClient(evidence({}, undefined, keyed), "curl")).toEqual({
    client: "curl-01234567",
    evidence: "credential",
  });
  expect(findClient(evidence({}, undefined, { ...keyed, billing: "subscription" }), "claude-code")).toBeUndefined();
  expect(findClient(evidence({}), "curl")).toBeUndefined();
});
