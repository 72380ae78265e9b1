import { expect, test } from "bun:test";

import { demoBaseUrls, DEMO_PROVIDERS, toDemoBaseUrl } from "../../src/demo/upstreams.ts";
import { PROVIDERS } from "../../src/provider/catalogue.ts";

test("each provider of the demo is in the catalogue and gets a path of its own", () => {
  const known = new Set(PROVIDERS.map((provider) => provider.id));
  expect(DEMO_PROVIDERS.filter((id) => !known.has(id))).toEqual([]);
  const urls = demoBaseUrls("http://127.0.0.1:9");
  expect(Object.keys(urls)).toEqual([...DEMO_PROVIDERS]);
  expect(new Set(Object.values(urls)).size).toBe(DEMO_PROVIDERS.length);
  expect(urls["groq"]).toBe("http://127.0.0.1:9/demo/groq");
});

test("any other provider can be kept on the machine too", () => {
  expect(demoBaseUrls("http://x", ["mistral"])).toEqual({ mistral: toDemoBaseUrl("http://x", "mistral") });
});
