import { expect, test } from "bun:test";

import { parseModelsDocument, parseRouteTables } from "../../src/config/route-settings.ts";

test("a table becomes a route with the usual settings", () => {
  expect(parseRouteTables([{ model: "m", upstream: "Groq", api_key_env: "K", weight: 2 }], "config.toml")).toEqual({
    routes: [
      {
        id: "routes[0] of config.toml",
        pattern: "m",
        priority: 0,
        active: true,
        stripNamespace: false,
        targets: [{ upstream: "groq", key: { env: "K" }, weight: 2 }],
      },
    ],
    problems: [],
    notices: [],
  });
});

const FIX = "qwen-tagged-tool-call-rewrite";

test("fixes are a list, or one text; a route of a models file without them has none", () => {
  const parsed = parseModelsDocument(
    JSON.stringify({
      default_fixes: `${FIX},\n`,
      model_routes: [
        { model: "m", upstream_url: "http://x/v1", fixes: [FIX] },
        { model: "n", upstream_url: "http://x/v1" },
      ],
    }),
    "f",
  );
  expect([parsed.problems, parsed.notices]).toEqual([[], []]);
  expect(parsed.defaultFixes).toEqual([FIX]);
  expect(parsed.routes.map(({ fixes }) => fixes)).toEqual([[FIX], []]);
  expect(parseModelsDocument("[]", "f").defaultFixes).toBeUndefined();
  const [own, none] = parseRouteTables(
    [
      { model: "m", upstream: "groq", fixes: [] },
      { model: "n", upstream: "groq" },
    ],
    "c",
  ).routes;
  expect([own?.fixes, none?.fixes]).toEqual([[], undefined]);
  expect(parseRouteTables([{ model: "m", upstream: "groq", fixes: [7] }], "c").problems).toEqual([
    "c: routes[0].fixes[0] must be a non-empty string",
  ]);
});
