/** @module Attacks on the doors over raw TCP: rebound names, foreign pages, odd paths and ambiguous messages get nowhere. */

import { afterAll, beforeAll, beforeEach, describe, expect, test } from "bun:test";

import { openRaw, rawRequest } from "../support/raw-request.ts";
import { json } from "../support/step.ts";
import { createStage, type Stage } from "./stage.ts";

const TOKEN = "an-admin-token-of-the-test";
const MARK = "answer-of-the-upstream";
let stage: Stage;
let host = "";

beforeAll(async () => {
  stage = await createStage({ env: { ADMIN_API_KEY: TOKEN } });
  stage.upstream.on(/./, json({ mark: MARK }));
  host = new URL(stage.url).host;
});
afterAll(async () => stage[Symbol.asyncDispose]());

let seen = 0;
beforeEach(() => {
  seen = stage.upstream.requests.length;
});
const forwarded = () => stage.upstream.requests.slice(seen);

/** Where something is changed, shown or sent on. */
const TARGETS = [
  ["GET", "/openai/v1/models"],
  ["POST", "/v1/chat/completions"],
  ["POST", "/api/chat"],
  ["GET", "/admin/api-keys"],
  ["POST", "/admin/api-keys"],
  ["DELETE", "/admin/api-keys/key_1"],
  ["POST", "/admin/session/login"],
  ["POST", "/admin/api/reload"],
  ["POST", "/admin/breakers/openai/reset"],
  ["POST", "/admin/api/routes"],
  ["GET", "/stats/summary"],
  ["GET", "/admin/api/live"],
  ["GET", "/dashboard"],
  ["GET", "/health"],
  ["GET", "/metrics"],
] as const;

describe("a rebound name", () => {
  test.each(TARGETS)("is refused at %s %s, whatever else is shown", async (method, target) => {
    for (const name of [
      "evil.example",
      `evil.example:${host.split(":")[1]}`,
      "localhost.evil.example",
      "127.0.0.1.nip.io",
      "[::2]",
    ]) {
      const answer = await rawRequest(stage.url, {
        method,
        target,
        headers: [
          ["Host", name],
          ["X-Admin-Token", TOKEN],
          ["Content-Type", "application/json"],
          ["X-Forwarded-Host", "localhost"],
        ],
        ...(method === "GET" ? {} : { body: "{}" }),
      });
      expect([answer.status, answer.header("x-modeltap-error")]).toEqual([421, "host_not_allowed"]);
    }
    expect(forwarded()).toEqual([]);
  });

  test("in an absolute target is no way around the field, and the field none around it", async () => {
    const evil = await rawRequest(stage.url, {
      target: `http://${host}/admin/api-keys`,
      headers: [["Host", "evil.example"]],
    });
    expect(evil.header("x-modeltap-error")).toBe("host_not_allowed");
    const other = await rawRequest(stage.url, { target: "http://evil.example/admin/api-keys" });
    expect(other.header("x-modeltap-error")).toBe("admin_required");
    const two = await rawRequest(stage.url, {
      target: "/health",
      headers: [
        ["Host", "evil.example"],
        ["Host", "a.localhost"],
      ],
    });
    expect(two.status).toBeGreaterThanOrEqual(400);
    expect(forwarded()).toEqual([]);
  });
});

describe("a page of somebody else", () => {
  test.each(TARGETS)(
    "is refused at %s %s, also as a plain form or with no origin of its own",
    async (method, target) => {
      for (const origin of [
        "https://evil.example",
        "null",
        "http://localhost:1",
        `http://${host}.evil.example`,
        "file://",
      ]) {
        for (const type of ["text/plain", "application/x-www-form-urlencoded", "application/json"]) {
          const answer = await rawRequest(stage.url, {
            method,
            target,
            headers: [
              ["Origin", origin],
              ["Content-Type", type],
              ["X-Admin-Token", TOKEN],
            ],
            ...(method === "GET" ? {} : { body: '{"name":"x"}' }),
          });
          expect([answer.status, answer.header("x-modeltap-error")]).toEqual([403, "origin_not_allowed"]);
          expect(answer.header("access-control-allow-origin")).toBeUndefined();
        }
      }
      expect(forwarded()).toEqual([]);
    },
  );

  test.each(TARGETS.filter(([method, target]) => method !== "GET" && target.startsWith("/admin")))(
    "changes nothing at %s %s by a form that hides where it comes from",
    async (method, target) => {
      for (const type of [
        "text/plain",
        "text/plain;application/json",
        "multipart/form-data",
        "",
        "application/jsonp",
      ]) {
        const headers = [["X-Admin-Token", TOKEN], ...(type === "" ? [] : [["Content-Type", type] as const])] as const;
        const answer = await rawRequest(stage.url, { method, target, headers, body: '{"name":"x","password":"x"}' });
        expect([answer.status, answer.header("x-modeltap-error")]).toEqual([415, "json_required"]);
      }
    },
  );

  test("has no key made for it", async () => {
    const headers = { "x-admin-token": TOKEN };
    const list = (await (await fetch(`${stage.url}/admin/api-keys`, { headers })).json()) as { apiKeys: unknown[] };
    expect(list.apiKeys).toEqual([]);
  });
});

describe("an odd path", () => {
  test.each([
    "/admin/api-keys",
    "/openai/../admin/api-keys",
    "/openai/%2e%2e/admin/api-keys",
    "/openai/.%2E/admin/api-keys",
    "/openai\\..\\admin/api-keys",
    "/dashboard/../admin/api-keys",
    "/assets/../admin/api-keys",
    "/health/../admin/api-keys",
    "/admin/session/../api-keys",
    "/admin/login/../api-keys",
    "/admin/settings/../api-keys",
    "/admin/./api-keys",
    "/admin/api-keys/",
    "/admin/api-keys?x=/dashboard",
    "/admin/api-keys#/dashboard",
    "/admin/session/../breakers",
    "/admin/requests/..%2fapi-keys",
    "/admin/settings/..%2f..%2fadmin%2fapi-keys",
    "/admin//api-keys",
    "/stats/../stats/summary",
    "http:///admin/api-keys",
    "//admin/api-keys",
    "///admin/api-keys",
    "/%61dmin/api-keys",
    "/%2561dmin/api-keys",
    "/ADMIN/api-keys",
    "/admin%2fapi-keys",
    "/admin;x/api-keys",
    "/admin%00/api-keys",
    "/assets/%2e%2e%2fadmin%2fapi-keys",
  ])("%s gets at nothing of ours", async (target) => {
    const answer = await rawRequest(stage.url, { target });
    expect(answer.text).not.toContain("apiKeys");
    expect(answer.text).not.toContain("breakers");
    expect(answer.text).not.toContain("requests_total");
    // A page without data, or a refusal; never an answer of an upstream to a path that left its provider.
    if (answer.status === 200) expect(answer.header("content-type")).toStartWith("text/html");
    else expect(answer.status).toBeGreaterThanOrEqual(400);
    expect(forwarded()).toEqual([]);
  });

  test.each([
    "/openai/v1/../../admin/api-keys",
    "/openai/v1/..%2f..%2fadmin/api-keys",
    "/openai/%2e%2e%2fv1/models",
    "/openai//evil.example/v1",
    "/openai/@evil.example/v1",
    "/openai/https://evil.example/v1",
    "/openai/http:%2f%2fevil.example/v1",
    "/openai/\\\\evil.example/v1",
    "/v1/..;/admin/api-keys",
  ])("%s stays with its provider, or is refused", async (target) => {
    const answer = await rawRequest(stage.url, { target });
    const [sent, ...more] = forwarded();
    expect(more).toEqual([]);
    if (sent === undefined) expect(answer.status).toBeGreaterThanOrEqual(400);
    else expect(sent.header("host")).toBe(new URL(stage.upstream.url).host);
    expect(answer.text).not.toContain("apiKeys");
  });
});

describe("an ambiguous message", () => {
  const INNER = () => `GET /admin/api-keys HTTP/1.1\r\nHost: ${host}\r\nX-Admin-Token: ${TOKEN}\r\n\r\n`;
  const start = (target = "/openai/v1/chat/completions") => `POST ${target} HTTP/1.1\r\nHost: ${host}\r\n`;
  const cases: readonly (readonly [string, () => string])[] = [
    [
      "both lengths, chunks behind",
      () => `${start()}Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n${INNER()}`,
    ],
    [
      "both lengths, chunks before",
      () => `${start()}Transfer-Encoding: chunked\r\nContent-Length: 4\r\n\r\n0\r\n\r\n${INNER()}`,
    ],
    ["two lengths", () => `${start()}Content-Length: 2\r\nContent-Length: 90\r\n\r\n{}${INNER()}`],
    ["a length with a sign", () => `${start()}Content-Length: +2\r\n\r\n{}`],
    ["a list of lengths", () => `${start()}Content-Length: 2, 90\r\n\r\n{}${INNER()}`],
    ["a length in hexadecimal", () => `${start()}Content-Length: 0x2\r\n\r\n{}`],
    ["two codings", () => `${start()}Transfer-Encoding: chunked, identity\r\n\r\n0\r\n\r\n${INNER()}`],
    [
      "a coding twice",
      () => `${start()}Transfer-Encoding: identity\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n${INNER()}`,
    ],
    ["a coding of nobody", () => `${start()}Transfer-Encoding: xchunked\r\n\r\n${INNER()}`],
    ["a space before the colon", () => `${start()}Transfer-Encoding : chunked\r\n\r\n0\r\n\r\n${INNER()}`],
    ["a folded field", () => `${start()}X-Note: a\r\n Transfer-Encoding: chunked\r\nContent-Length: 2\r\n\r\n{}`],
    [
      "a folded credential",
      () => `${start()}Authorization: Bearer\r\n\tmt_${"0".repeat(64)}\r\nContent-Length: 2\r\n\r\n{}`,
    ],
    ["a bare CR in a field", () => `${start()}X-Note: a\rX-Admin-Token: b\r\nContent-Length: 2\r\n\r\n{}`],
    ["a NUL in a field", () => `${start()}X-Note: a\0b\r\nContent-Length: 2\r\n\r\n{}`],
    ["lines ended by LF alone", () => `${start().replaceAll("\r\n", "\n")}Content-Length: 2\n\n{}`],
    ["chunks of a wrong size", () => `${start()}Transfer-Encoding: chunked\r\n\r\nzz\r\n{}\r\n0\r\n\r\n${INNER()}`],
  ];
  test.each(cases)("%s is refused, and what hides behind it is not answered", async (_what, toText) => {
    await using client = await openRaw(stage.url);
    await client.send(toText());
    await client.waitForEnd(400);
    expect(client.text).not.toContain("apiKeys");
    expect(client.text.split("HTTP/1.1 ").length).toBeLessThanOrEqual(2);
    if (client.text !== "") expect(client.text).toMatch(/^HTTP\/1\.1 (?:4\d\d|505)/);
    expect(forwarded().filter((request) => request.bodyBytes > 0)).toEqual([]);
  });

  test("the same length twice is one length at the upstream", async () => {
    await using client = await openRaw(stage.url);
    await client.send(`${start()}Content-Type: application/json\r\nContent-Length: 2\r\nContent-Length: 2\r\n\r\n{}`);
    await client.waitFor(MARK);
    const [sent] = forwarded();
    const framing = sent?.headers.filter(([name]) => /^(?:content-length|transfer-encoding)$/i.test(name)) ?? [];
    expect(framing.length).toBe(1);
    expect(sent?.bodyBytes).toBe(2);
  });

  test("two bearers are no key and go nowhere", async () => {
    const secret = `mt_${"a".repeat(64)}`;
    const answer = await rawRequest(stage.url, {
      target: "/openai/v1/models",
      headers: [
        ["Authorization", "Bearer sk-own"],
        ["Authorization", `Bearer ${secret}`],
      ],
    });
    expect([answer.status, answer.header("x-modeltap-error")]).toEqual([401, "key_invalid"]);
    expect(answer.text).not.toContain(secret);
    expect(forwarded()).toEqual([]);
  });

  test("fields named by Connection are not taken out of the door's sight", async () => {
    const answer = await rawRequest(stage.url, {
      target: "/openai/v1/models",
      headers: [
        ["Connection", "close, origin, host, authorization"],
        ["Origin", "https://evil.example"],
      ],
    });
    expect(answer.header("x-modeltap-error")).toBe("origin_not_allowed");
    const stamped = await rawRequest(stage.url, { target: "/admin/api-keys", headers: [["X-Modeltap-Door", "open"]] });
    expect(stamped.header("x-modeltap-error")).toBe("admin_required");
  });
});
