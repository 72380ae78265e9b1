import { expect, test } from "bun:test";

import { mayDecideByBody, readBodyFacts, rewriteBody } from "../../src/proxy/rewrite-body.ts";
import { toTestUpstream } from "../support/route-table.ts";

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);

test.each([
  ["POST", "/v1/x", {}, true],
  ["POST", "/v1/x", { "content-type": "application/x-www-form-urlencoded" }, true],
  ["GET", "/v1/x", {}, false],
  ["POST", "/v1/files", { "content-type": "multipart/form-data; boundary=x" }, false],
  ["POST", "/v1/x", { "content-encoding": "zstd" }, false],
  ["POST", "/api/blobs/sha256:x", {}, false],
  ["POST", "/api/chat", {}, true],
])("%s %s with %o is looked into: %p", (method, path, headers, expected) => {
  expect(mayDecideByBody(method, path, new Headers(headers as Record<string, string>))).toBe(expected);
});

test("the model is read only where rules ask for it, the field provider only as text", () => {
  const body = bytes('{"model":"m","provider":{"order":[]}}');
  expect(readBodyFacts(body, "/v1/x", false)).toEqual({});
  expect(readBodyFacts(body, "/v1/x", true)).toEqual({ model: "m" });
  expect(readBodyFacts(bytes('{"provider":"p"}'), "/v1/x", false)).toEqual({ provider: "p" });
});

test("a large body says the same as a small one, wherever its members stand", () => {
  const pad = "x ".repeat(4000);
  const bodies = [
    { model: "m", provider: "p", pad },
    { pad, provider: "p", model: "m" },
    { messages: [{ model: "no", provider: "no" }], model: "m", pad },
    { tools: [{ properties: { model: { type: "string" } } }], pad },
    { model: 1, provider: { order: ["p"] }, pad },
  ];
  for (const body of bodies) {
    const { pad: _, ...small } = body;
    const read = (value: unknown) => readBodyFacts(bytes(JSON.stringify(value)), "/v1/x", true);
    expect(read(body)).toEqual(read(small));
  }
  expect(readBodyFacts(bytes(JSON.stringify({ pad })), "/v1beta/models/g:generateContent", true)).toEqual({
    model: "g",
  });
});

test("what the JSON says before it breaks off counts; what is none says nothing", () => {
  expect(readBodyFacts(bytes('{"model":"m","messages":[{"role":'), "/v1/x", true)).toEqual({ model: "m" });
  expect(readBodyFacts(bytes('model=m&x="provider"'), "/v1/x", true)).toEqual({});
  expect(readBodyFacts(bytes('[{"model":"m"}]'), "/v1/x", true)).toEqual({});
});

test("without a change the very same bytes go on", () => {
  const body = bytes('{"model":"m"}');
  expect(rewriteBody(body, { upstream: toTestUpstream("", "openai"), path: "/" })).toEqual({ body, edits: [] });
  expect(rewriteBody(body, { upstream: toTestUpstream("", "openai"), path: "/" }).body).toBe(body);
});
