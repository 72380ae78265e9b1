/** @module Hashes of credentials: the same for the same credential, nothing of it inside. */

import { expect, test } from "bun:test";

import { createCredentialHasher } from "../../src/proxy/credential.ts";

const key = new Uint8Array(32).fill(7);
const { hash, hashSecret } = createCredentialHasher(key);
const of = (headers: Record<string, string>, query = "") => hash(new Headers(headers), query);

test("one secret is one credential, in whatever field it comes", () => {
  const hashes = [
    of({ authorization: "Bearer sk-one-secret-0000" }),
    of({ authorization: "bearer  sk-one-secret-0000" }),
    of({ "x-api-key": "sk-one-secret-0000" }),
    of({ "x-goog-api-key": "sk-one-secret-0000" }),
    of({ "api-key": "sk-one-secret-0000" }),
    of({}, "?alt=sse&key=sk-one-secret-0000"),
    hashSecret("sk-one-secret-0000"),
  ];
  expect(new Set(hashes).size).toBe(1);
  expect(hashes[0]).toMatch(/^[0-9a-f]{16}$/);
});

test("another secret or another installation has another hash", () => {
  expect(of({ "x-api-key": "a" })).not.toBe(of({ "x-api-key": "b" }));
  const elsewhere = createCredentialHasher(new Uint8Array(32).fill(8));
  expect(elsewhere.hashSecret("a")).not.toBe(hashSecret("a"));
});

test("no credential, no hash", () => {
  expect(of({})).toBeUndefined();
  expect(of({ authorization: "" })).toBeUndefined();
  expect(of({}, "?monkey=1")).toBeUndefined();
});

test("an account stays the same when its token is renewed", () => {
  const account = { "chatgpt-account-id": "acc-1" };
  expect(of({ ...account, authorization: "Bearer eyJ.one" })).toBe(of({ ...account, authorization: "Bearer eyJ.two" }));
  const jwt = (claims: object) =>
    `Bearer eyJhbGciOiJub25lIn0.${Buffer.from(JSON.stringify(claims)).toString("base64url")}.sig`;
  expect(of({ authorization: jwt({ sub: "me", iss: "i", exp: 1 }) })).toBe(
    of({ authorization: jwt({ sub: "me", iss: "i", exp: 2 }) }),
  );
  expect(of({ authorization: jwt({ sub: "me", iss: "i" }) })).not.toBe(
    of({ authorization: jwt({ sub: "you", iss: "i" }) }),
  );
  expect(of({ authorization: jwt({ exp: 1 }) })).not.toBe(of({ authorization: jwt({ exp: 2 }) }));
});

test("a signed AWS request is known by its key id", () => {
  const signed = (signature: string) =>
    of({
      authorization: `AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20261121/us-east-1/bedrock/aws4_request, Signature=${signature}`,
    });
  expect(signed("aa")).toBe(signed("bb"));
});

test("more credentials than are remembered keep their hashes", () => {
  const first = hashSecret("0");
  for (let at = 0; at < 2500; at++) hashSecret(`${at}`);
  expect(hashSecret("0")).toBe(first);
});
