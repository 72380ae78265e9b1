import { expect, test } from "bun:test";

import { findWrongProvider } from "../src/key-providers.ts";
import type { RoutingFacts } from "../src/domain/routing-facts.ts";

/** Only what is looked at. */
const facts = (url: string | null) =>
  ({
    upstreams: [
      { id: "openai", aliases: [] },
      { id: "gemini", aliases: ["google"] },
    ],
    routes: [{ targets: [{ upstream: "gpu-box", url }] }],
  }) as unknown as Pick<RoutingFacts, "upstreams" | "routes">;

test("ids, targets of routes and hosts are known; an alias never matches and names its id", () => {
  expect(findWrongProvider(["openai", "gpu-box", "localhost:1234", "api.example.com"], facts(null))).toBeUndefined();
  expect(findWrongProvider(["openai", "google"], facts(null))).toBe(
    'there is no provider "google" (did you mean "gemini"?)',
  );
  expect(findWrongProvider(["OpenAI"], facts(null))).toBe('there is no provider "OpenAI" (did you mean "openai"?)');
  expect(findWrongProvider(["nobody-at-all"], facts(null))).toBe('there is no provider "nobody-at-all"');
});

test("with a route to a URL, whose provider may have any name, only what looks misspelt is wrong", () => {
  expect(findWrongProvider(["nobody-at-all"], facts("http://h"))).toBeUndefined();
  expect(findWrongProvider(["opnai"], facts("http://h"))).toContain('did you mean "openai"');
});
