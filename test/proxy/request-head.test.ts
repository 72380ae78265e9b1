import { afterEach, describe, expect, test } from "bun:test";
import { toRequestHead } from "../../src/proxy/request-head.ts";
import { createProxyCase } from "../support/proxy.ts";
import { rawRequest } from "../support/raw-request.ts";
import * as step from "../support/step.ts";

const { start, close } = createProxyCase();
afterEach(close);

describe("heads", () => {
  test("only the closed list of edits is made to the request's fields", async () => {
    const { upstream, proxy } = await start();
    upstream.on(/./, step.json({}));
    await rawRequest(proxy.url, {
      method: "POST",
      target: "/openai/v1/x?b=%2F&a=%20+&flag",
      body: "{}",
      headers: [
        ["Authorization", "Bearer sk-test-0123456789abcdef0123456789"],
        ["X-Dup", "1"],
        ["X-Dup", "2"],
        ["Connection", "keep-alive, X-Hop"],
        ["X-Hop", "1"],
        ["TE", "trailers"],
        ["Keep-Alive", "timeout=5"],
        ["X-Provider", "groq"],
        ["X-Modeltap-Tag-A", "b"],
        ["X-Agent-Name", "me"],
        ["Accept-Language", "*"],
      ],
    });
    const got = await upstream.nextWhole();
    expect(got.target).toBe("/v1/x?b=%2F&a=%20+&flag");
    const fields = Object.fromEntries(got.headers.map(([name, value]) => [name.toLowerCase(), value]));
    expect(fields).toEqual({
      authorization: "Bearer sk-test-0123456789abcdef0123456789",
      "x-dup": "1, 2",
      "x-agent-name": "me",
      "accept-language": "*",
      accept: "*/*",
      "accept-encoding": "identity",
      "user-agent": "modeltap/0.0.0-test",
      connection: "keep-alive",
      host: new URL(upstream.url).host,
      "content-length": "2",
    });
    const { end, head } = await proxy.ended();
    expect(end.edits.map((edit) => `${edit.kind}:${edit.detail}`).sort()).toEqual([
      "default_set:accept",
      "default_set:accept-encoding",
      "default_set:user-agent",
      "selector_removed:x-modeltap-tag-a",
      "selector_removed:x-provider",
    ]);
    expect(JSON.stringify(head)).not.toContain("0123456789abcdef");
  });

  test("answer fields come back equal, Set-Cookie never joined, hop-by-hop fields gone", async () => {
    const { upstream, proxy } = await start();
    upstream.on(
      /./,
      step.answer({
        body: "hi",
        headers: [
          ["Set-Cookie", "a=1; Path=/"],
          ["Set-Cookie", "b=2"],
          ["X-Dup", "1"],
          ["X-Dup", "2"],
          ["Date", "Mon, 01 Jan 2024 00:00:00 GMT"],
          ["Server", "s"],
          ["Connection", "close, X-Hop"],
          ["X-Hop", "1"],
          ["Keep-Alive", "x"],
        ],
      }),
    );
    const response = await rawRequest(proxy.url, { target: "/openai/x" });
    const fields = response.headers.map(([name, value]) => `${name.toLowerCase()}: ${value}`).sort();
    expect(fields).toEqual([
      "content-length: 2",
      "date: Mon, 01 Jan 2024 00:00:00 GMT",
      "server: s",
      "set-cookie: a=1; Path=/",
      "set-cookie: b=2",
      "x-dup: 1, 2",
    ]);
  });

  test("methods of all kinds pass with their bodies; a GET with a body is refused, not halved", async () => {
    const { upstream, proxy } = await start();
    upstream.on(/./, step.json({}));
    for (const method of ["POST", "PUT", "PATCH", "DELETE", "OPTIONS", "PROPFIND"]) {
      const body = method === "PROPFIND" ? undefined : `{"method":"${method}"}`;
      const response = await rawRequest(proxy.url, {
        method,
        target: "/openai/v1/x",
        ...(body === undefined ? {} : { body }),
      });
      expect(response.status).toBe(200);
      const got = await upstream.nextWhole();
      expect([got.method, got.text]).toEqual([method, body ?? ""]);
    }
    const response = await rawRequest(proxy.url, { method: "GET", target: "/openai/v1/x", body: "abc" });
    expect([response.status, response.header("x-modeltap-error")]).toEqual([400, "request_body_unsupported"]);
  });
});

test.each([
  ["one of ours", `mt_${"0123456789abcdef".repeat(4)}`],
  ["one that somebody brought along", "my-team-key-0123456789abcdef"],
  ["one that only begins like ours", "mt_team-key-0123456789"],
])("a key, be it %s, goes on in no field and is kept masked in each", (_, secret) => {
  for (let round = 0; round < 2; round++) {
    const { outgoing, kept, edits } = toRequestHead(
      [
        ["authorization", `Bearer ${secret}`],
        ["x-note", `see ${secret}`],
        ["x-same", `Bearer ${secret}`],
        ["x-other", "plain mt_ text"],
      ],
      "1",
      secret,
    );
    expect(outgoing["x-other"]).toBe("plain mt_ text");
    expect(JSON.stringify(outgoing)).not.toContain(secret);
    expect(JSON.stringify(kept)).not.toContain(secret);
    expect(kept.map(([name]) => name)).toEqual(["authorization", "x-note", "x-same", "x-other"]);
    expect(kept[1]?.[1]).toStartWith("see ");
    const removed = edits.filter(({ kind }) => kind === "key_removed").map(({ detail }) => detail);
    expect(removed).toEqual(["authorization", "x-note", "x-same"]);
  }
});
