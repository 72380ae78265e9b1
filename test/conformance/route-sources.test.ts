/** @module Routes from everywhere as one table: variables of prior programs, providers' own paths, what is stored. */

import { describe, expect, test } from "bun:test";

import { simulateRoute } from "../../src/proxy/simulate.ts";
import { toRouteTable } from "../../src/routing.ts";
import { load, type Sources } from "../config/load-support.ts";

const CHAT = "/v1/chat/completions";
const tell = (sources: Sources, path: string, model?: string, headers: Record<string, string> = {}) =>
  simulateRoute(toRouteTable(load(sources).configuration), {
    method: "POST",
    path,
    headers: new Headers(headers),
    ...(model === undefined ? {} : { model }),
  });

describe("CLIProxyAPI behind everything, as agent-cli-proxy had it", () => {
  const environment = { CLI_PROXY_API_URL: "http://cli.example:9/", CLI_PROXY_API_KEY: "k" };

  test.each([CHAT, "/v1/messages", "/v1/messages/count_tokens", "/v1/responses", "/v1/models"])("%s", (path) => {
    const headers = { "anthropic-version": "2023-06-01" };
    const isAnthropic = path.startsWith("/v1/m");
    expect(tell({ environment }, path, "claude-x", isAnthropic ? headers : {})).toMatchObject({
      targets: [
        {
          upstream: "cliproxyapi",
          url: `http://cli.example:9${path}`,
          credential: "environment variable CLI_PROXY_API_KEY",
          credential_there: true,
        },
      ],
    });
  });

  test("without a key the client's passes; the local default must be allowed; selectors and prefixes name others", () => {
    const url = { CLI_PROXY_API_URL: "http://cli.example:9" };
    expect(tell({ environment: url }, CHAT, "m")).toMatchObject({ targets: [{ credential: "client" }] });
    expect(tell({ environment: { PROXY_LOCAL_OK: "1" } }, CHAT, "m")).toMatchObject({
      targets: [{ url: `http://localhost:8317${CHAT}` }],
    });
    expect(tell({ environment: { PROXY_LOCAL_OK: "true" } }, CHAT, "m")).toMatchObject({
      targets: [{ upstream: "openai" }],
    });
    expect(tell({ environment }, CHAT, "m", { "x-provider": "groq" })).toMatchObject({
      targets: [{ upstream: "groq" }],
    });
    expect(tell({ environment }, "/anthropic/v1/messages")).toMatchObject({ targets: [{ upstream: "anthropic" }] });
    // Elsewhere Anthropic's paths are Anthropic's.
    expect(tell({}, "/v1/messages", "m")).toMatchObject({ targets: [{ upstream: "anthropic" }] });
  });
});

describe("what stands for /v1 at a provider", () => {
  const url = (path: string, headers: Record<string, string> = {}, toml = "") => {
    const told = tell({ toml }, path, "m", headers);
    return told.outcome === "forwarded" ? told.targets[0]?.url : told.outcome;
  };

  test.each([
    ["openrouter", "https://openrouter.ai/api/v1/chat/completions"],
    ["groq", "https://api.groq.com/openai/v1/chat/completions"],
    ["zai", "https://api.z.ai/api/paas/v4/chat/completions"],
    ["google", "https://generativelanguage.googleapis.com/v1beta/openai/chat/completions"],
    ["perplexity", "https://api.perplexity.ai/chat/completions"],
    ["mistral", "https://api.mistral.ai/v1/chat/completions"],
  ])("%s is reached at %s from the root", (id, there) => {
    expect(url(CHAT, { "x-provider": id })).toBe(there);
    expect(url(CHAT, {}, `upstream = "${id}"`)).toBe(there);
    expect(url(CHAT, {}, `[[routes]]\nmodel = "m"\nupstream = "${id}"`)).toBe(there);
    expect(url(CHAT, {}, `[fallback]\nupstream = "${id}"`)).toBe(there);
  });

  test("prefixes, Gemini's own paths and base URLs of the user's own have the path already", () => {
    expect(url(`/openrouter/api${CHAT}`)).toBe(`https://openrouter.ai/api${CHAT}`);
    expect(url("/v1/models/gemini-x:generateContent")).toBe(
      "https://generativelanguage.googleapis.com/v1/models/gemini-x:generateContent",
    );
    const own = '[providers.openrouter]\nbase_url = "http://gate.example/or/v1"';
    expect(url(CHAT, { "x-provider": "openrouter" }, own)).toBe(`http://gate.example/or${CHAT}`);
  });
});

describe("what is stored", () => {
  test("is one table with the files: their order, hidden and unfit ones left out and told", () => {
    const sources = {
      toml: '[[routes]]\nmodel = "a"\nupstream = "groq"\n[providers.mine]\nbase_url = "http://file"',
      storedUpstreams: {
        mine: { base_url: "http://stored" },
        other: { base_url: "http://other" },
        bad: { base_url: 1 },
      },
      storedRoutes: {
        a: { model: "a", upstream: "xai" },
        "a*": { model: "a*", upstream: "other" },
        gone: { model: "gone", upstream: "nobody" },
      },
      stored: { upstream: "nobody", "fallback.upstream": "other" },
    };
    const { configuration } = load(sources);
    expect(tell(sources, CHAT, "a")).toMatchObject({ targets: [{ upstream: "groq" }] });
    expect(tell(sources, CHAT, "ab")).toMatchObject({ rule: "model-route", targets: [{ upstream: "other" }] });
    expect(tell(sources, CHAT, "gone")).toMatchObject({ rule: "fallback", targets: [{ upstream: "other" }] });
    expect(tell(sources, "/mine/v1/x")).toMatchObject({ targets: [{ url: "http://file/v1/x" }] });
    expect(configuration.stored).toMatchObject({
      upstreams: [
        { hiddenBy: expect.stringContaining("config.toml:5") },
        { id: "other" },
        { problem: expect.any(String) },
      ],
      routes: [{ hiddenBy: "routes[0] of config.toml" }, { id: "a*" }, { problem: expect.stringContaining("nobody") }],
    });
    expect(configuration.values.upstream).toBe("openai");
    expect(configuration.notices.filter((notice) => notice.includes("stored"))).toHaveLength(5);
  });

  test("a stored id has precedence over the catalogue, and an alias in a file hides it", () => {
    const storedUpstreams = { gemini: { base_url: "http://stored" } };
    expect(tell({ storedUpstreams }, "/google/v1/x")).toMatchObject({ targets: [{ url: "http://stored/v1/x" }] });
    const toml = '[providers.google]\nbase_url = "http://file"';
    expect(tell({ storedUpstreams, toml }, "/gemini/v1/x")).toMatchObject({ targets: [{ url: "http://file/v1/x" }] });
  });
});
