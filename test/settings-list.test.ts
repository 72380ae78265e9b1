import { expect, test } from "bun:test";

import { listSettingKeys } from "../src/config/key.ts";
import { listSettings } from "../src/settings-list.ts";
import { load } from "./config/load-support.ts";

const list = (sources: Parameters<typeof load>[0]) => listSettings(load(sources).configuration);

test("every key of the schema is shown once and in its order, also one without a value", () => {
  const keys = list({}).map(({ key }) => key);
  const known = listSettingKeys()
    .map(({ name }) => name)
    .filter((name) => !name.startsWith("providers."));
  expect(keys).toEqual(known);
  expect(list({}).find(({ key }) => key === "tls_cert")).toEqual({ key: "tls_cert", value: "–", source: "not set" });
});

test("values are shown as they would be written, each with its source", () => {
  const shown = list({
    environment: {
      MODELTAP_TIMEOUTS_IDLE: "90000",
      MODELTAP_ADMIN_API_KEY: "not-to-be-shown",
      MODELTAP_PRICING_URL: "https://prices.example/api.json?token=not-to-be-shown-either&page=1",
    },
    toml: 'capture_body_max = 1048576\n[providers.mine]\nbase_url = "http://localhost:1"\nheaders.set = { "x-api-key" = "sk-0123456789" }',
  });
  const find = (name: string) => shown.find(({ key }) => key === name);
  expect(find("timeouts.idle")).toEqual({
    key: "timeouts.idle",
    value: "90s",
    source: "environment MODELTAP_TIMEOUTS_IDLE",
  });
  expect(find("pricing.url")?.value).toStartWith("https://prices.example/api.json?token=");
  expect(find("capture_body_max")?.value).toBe("1MiB");
  expect(find("retention.bodies")?.value).toBe("30d");
  expect(find("port")?.value).toBe("8080");
  expect(find("admin_api_key")?.value).toBe("…");
  expect(find("providers.mine.base_url")?.value).toBe("http://localhost:1");
  expect(JSON.stringify(shown)).not.toContain("0123456789");
  expect(JSON.stringify(shown)).not.toContain("not-to-be-shown");
});
