import { expect, test } from "bun:test";

import { load } from "./load-support.ts";

const noticesOf = (toml: string): readonly string[] => load({ toml }).configuration.notices;

test("a route that can never be used is told, and which one goes before it", () => {
  const route = (more = "") => `[[routes]]\nmodel = "m"\nupstream = "groq"\n${more}\n`;
  expect(noticesOf(route() + route())).toEqual([
    expect.stringMatching(/^routes\[1\].* is never used: routes\[0\].* has the same model, m, and goes first$/),
  ]);
  expect(noticesOf(route("priority = 5") + route("priority = 1"))).toEqual([
    expect.stringMatching(/^routes\[0\].* is never used/),
  ]);
  expect(noticesOf(route() + route("active = false"))).toEqual([]);
});

test("a fallback model without an upstream is told with its place", () => {
  expect(noticesOf('[fallback]\nmodel = "m"')).toEqual([
    expect.stringContaining("config.toml:2: fallback.model has no effect without fallback.upstream"),
  ]);
  expect(noticesOf('[fallback]\nmodel = "m"\nupstream = "groq"')).toEqual([]);
});
