import { describe, expect, test } from "bun:test";
import { PROVIDERS } from "../../src/provider/catalogue.ts";
import type { Upstream } from "../../src/provider/upstream.ts";
import { findRoute } from "../../src/proxy/route.ts";

const upstreams = new Map<string, Upstream>(
  PROVIDERS.flatMap((provider) =>
    [provider.id, ...(provider.aliases ?? [])].map((name) => [
      name,
      {
        id: provider.id,
        provider: provider.id,
        family: provider.family,
        local: false,
        includeUsage: "auto",
        capture: "full",
        captureBytes: 0,
        tlsInsecure: false,
      } satisfies Upstream,
    ]),
  ),
);
const table = { upstreams, defaultUpstream: upstreams.get("openai") };
const route = (path: string, headers: Record<string, string> = {}) => findRoute(table, path, new Headers(headers));

describe("findRoute", () => {
  test.each([
    ["/openai/v1/chat/completions", "openai", "/v1/chat/completions"],
    ["/openai", "openai", ""],
    ["/openai/", "openai", "/"],
    ["/openai//evil.com/x", "openai", "//evil.com/x"],
    ["/google/v1beta/models", "gemini", "/v1beta/models"],
    ["/bedrock/model/x/converse", "bedrock", "/model/x/converse"],
    ["/v1/messages", "anthropic", "/v1/messages"],
    ["/v1/messages/count_tokens", "anthropic", "/v1/messages/count_tokens"],
    ["/v1/chat/completions", "openai", "/v1/chat/completions"],
    ["/v1/models", "openai", "/v1/models"],
    ["/v1/models/gemini-2.5-pro:generateContent", "gemini", "/v1/models/gemini-2.5-pro:generateContent"],
    ["/v1beta/models/x:streamGenerateContent", "gemini", "/v1beta/models/x:streamGenerateContent"],
    ["/v1alpha/x", "gemini", "/v1alpha/x"],
    ["/api/chat", "ollama", "/api/chat"],
    ["/api/blobs/sha256:abc", "ollama", "/api/blobs/sha256:abc"],
  ])("forwards %s to %s", (path, upstream, rest) => {
    const found = route(path);
    expect(found.kind).toBe("forward");
    if (found.kind !== "forward") return;
    expect({ id: found.upstream.id, path: found.path }).toEqual({ id: upstream, path: rest });
  });

  test("sends root calls to anthropic or gemini when their own header says so", () => {
    expect(route("/v1/models", { "anthropic-version": "2023-06-01" })).toMatchObject({ upstream: { id: "anthropic" } });
    expect(route("/v1/files", { "x-goog-api-key": "k" })).toMatchObject({ upstream: { id: "gemini" } });
  });

  test("lets x-provider choose on root surfaces, refuses an unknown one, and ignores it under a prefix", () => {
    expect(route("/v1/messages", { "x-provider": "groq" })).toMatchObject({ upstream: { id: "groq" } });
    expect(route("/v1/x", { "x-provider": "nope" })).toMatchObject({
      kind: "refuse",
      error: { code: "unknown_provider" },
    });
    expect(route("/openai/v1/x", { "x-provider": "groq" })).toMatchObject({ upstream: { id: "openai" } });
  });

  test.each([
    ["/", "root"],
    ["/health", "health"],
    ["/healthz", "health"],
    ["/health/journal", "health"],
    ["/dashboard", "api"],
    ["/admin/requests/1", "api"],
    ["/admin/breakers", "breakers"],
    ["/admin/breakers/openai/reset", "breakers"],
    ["/admin/breakersx", "api"],
    ["/assets/x.js", "api"],
    ["/stats/summary", "api"],
    ["/stats/foo", "api"],
    ["/api/models", "api"],
    ["/api/requests/1/body", "api"],
    ["/api/openapi.json", "api"],
  ])("keeps %s for %s", (path, owner) => {
    expect(route(path)).toEqual({ kind: "own", owner } as never);
  });

  test("refuses an unknown provider with the list of the known ones", () => {
    const found = route("/foo/v1/x");
    if (found.kind !== "refuse") throw new Error("was not refused");
    expect(found.error.code).toBe("unknown_provider");
    for (const provider of PROVIDERS) expect(found.error.message).toContain(provider.id);
  });

  test("refuses an unknown /api path with both lists", () => {
    const found = route("/api/nope");
    if (found.kind !== "refuse") throw new Error("was not refused");
    expect(found.error.message).toContain("generate");
    expect(found.error.message).toContain("openapi.json");
  });

  test("shows no control characters of a hostile path", () => {
    const found = route("/foo\u0007\u2028");
    expect(found.kind === "refuse" && found.error.message.includes("\u0007")).toBe(false);
  });
});
