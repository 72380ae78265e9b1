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

test("fixes of a models file are told to have no effect yet", () => {
  const text = '{"default_fixes":["x"],"model_routes":[{"model":"m","upstream_url":"http://x/v1","fixes":["x"]}]}';
  expect(parseModelsDocument(text, "f").notices).toEqual([
    "f: default_fixes have no effect yet",
    "f: model_routes[0].fixes have no effect yet",
  ]);
});
