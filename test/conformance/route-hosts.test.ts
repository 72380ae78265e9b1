/** @module Hosts in the path, and the tokens of ChatGPT accounts: where they may go. */

import { describe, expect, test } from "bun:test";

import { type SimulatedRequest, simulateRoute } from "../../src/proxy/simulate.ts";
import { toRouteTable } from "../../src/routing.ts";
import { load } from "../config/load-support.ts";

const JWT = { authorization: "Bearer aaa.bbb.ccc" };

function listUrls(toml: string, request: Partial<SimulatedRequest>): readonly (string | null)[] {
  const told = simulateRoute(toRouteTable(load({ toml }).configuration), {
    method: "POST",
    path: "/v1/responses",
    headers: new Headers(JWT),
    ...request,
  });
  return "targets" in told ? told.targets.map((target) => target.url) : [told.outcome];
}

const url = (path: string, headers: Record<string, string> = {}, toml = "") =>
  listUrls(toml, { path, headers: new Headers(headers) })[0];

describe("/{provider}/{host}/…", () => {
  test("reaches hosts of the catalogue and of the list, at their origin", () => {
    expect(url("/anthropic/api.anthropic.com/v1/messages")).toBe("https://api.anthropic.com/v1/messages");
    expect(url("/openai/openrouter.ai/api/v1/chat/completions")).toBe("https://openrouter.ai/api/v1/chat/completions");
    const list = 'allowed_upstream_hosts = ["llm.internal:8443", "127.0.0.1:9"]';
    expect(url("/openai/llm.internal:8443/v1/x", {}, list)).toBe("https://llm.internal:8443/v1/x");
    expect(url("/openai/127.0.0.1:9/v1/x", {}, list)).toBe("http://127.0.0.1:9/v1/x");
  });

  test.each([
    "localhost.evil.com",
    "evil.com",
    "api.openai.com.evil.com",
    "api.openai.com@evil.com",
    "..",
    "127.0.0.1:1",
  ])("%s is no host: the provider's own origin is not left", (host) => {
    const found = url(`/openai/${host}/v1/x`);
    expect(new URL(found ?? "").origin).toBe("https://api.openai.com");
  });
});

describe("the token of a ChatGPT account", () => {
  test.each([
    ["/openai/api.openai.com/responses", "https://chatgpt.com/backend-api/codex/responses"],
    ["/openai/api.openai.com/v1/responses", "https://chatgpt.com/backend-api/codex/responses"],
    ["/openai/v1/responses", "https://chatgpt.com/backend-api/codex/responses"],
    ["/v1/responses", "https://chatgpt.com/backend-api/codex/responses"],
    ["/groq/v1/responses", "https://api.groq.com/v1/responses"],
  ])("an account token at %s goes to %s", (path, expected) => {
    expect(url(path, JWT)).toBe(expected);
  });

  test("an account token goes there whoever chose the upstream, and to no other with that path", () => {
    const CODEX = "https://chatgpt.com/backend-api/codex/responses";
    const toml = `
[[routes]]
model = "gpt*"
upstreams = [{ upstream = "openai" }, { upstream = "openrouter" }]
[[routes]]
model = "own"
upstream = "openai"
api_key_env = "OPENAI_API_KEY"
[[routes]]
model = "oss"
upstream = "groq"
[fallback]
upstream = "openai"
model = "gpt-5"
`;
    const urls = (request: Partial<SimulatedRequest>) => listUrls(toml, request);
    expect(urls({ model: "gpt-5" })).toEqual([CODEX, "https://openrouter.ai/api/v1/responses"]);
    expect(urls({ model: "own" })).toEqual(["https://api.openai.com/v1/responses"]);
    expect(urls({ model: "oss" })).toEqual(["https://api.groq.com/openai/v1/responses"]);
    expect(urls({ model: "unknown" })).toEqual([CODEX]);
    expect(urls({ provider: "openai" })).toEqual([CODEX]);
    expect(urls({ headers: new Headers({ ...JWT, "x-provider": "openai" }) })).toEqual([CODEX]);
  });

  test.each(["Bearer sk-a.b.c", "bearer aaa.bbb.ccc", "Bearer aaa.bbb", "Bearer a..c", "Bearer a.b.c.d"])(
    "%s is no account token",
    (authorization) => {
      expect(url("/openai/v1/responses", { authorization })).toBe("https://api.openai.com/v1/responses");
    },
  );
});
