import { describe, expect, test } from "bun:test";

import { RESERVED_SEGMENTS } from "../../src/provider/catalogue.ts";
import { load } from "./load-support.ts";

describe("the address to listen on", () => {
  test.each([
    ["127.0.0.1", ["127.0.0.1"]],
    ["localhost", ["127.0.0.1", "::1"]],
    ["::1", ["::1"]],
    ["[::1]", ["::1"]],
    ["127.8.8.8", ["127.8.8.8"]],
  ])("%s is listened on as %p", (host, hosts) => {
    expect(load({ environment: { MODELTAP_HOST: host } }).configuration.hosts).toEqual(hosts);
  });

  test.each([
    ["0.0.0.0", ["0.0.0.0"]],
    ["::", ["::"]],
    ["192.168.1.5", ["192.168.1.5", "127.0.0.1"]],
    ["proxy.example", ["proxy.example", "127.0.0.1"]],
  ])("%s is listened on as %p, and asks for keys whatever is said", (host, hosts) => {
    expect(load({ environment: { MODELTAP_HOST: host } }).configuration.hosts).toEqual(hosts);
    expect(() => load({ environment: { MODELTAP_HOST: host, PROXY_REQUIRE_API_KEY: "false" } })).toThrow(
      `environment PROXY_REQUIRE_API_KEY: require_api_key must be true when host is not loopback ("${host}")`,
    );
    const required = load({ environment: { MODELTAP_HOST: host, MODELTAP_REQUIRE_API_KEY: "true" } });
    expect(required.configuration.values.require_api_key).toBe(true);
  });
});

describe("certificate and key", () => {
  const files = { "c.pem": "c", "k.pem": "k" };

  test("are taken together, as absolute paths", () => {
    const { configuration, home } = load({
      environment: { MODELTAP_TLS_CERT: "c.pem", MODELTAP_TLS_KEY: "k.pem" },
      files,
    });
    expect(configuration.values.tls_cert).toBe(`${home}/c.pem`);
  });

  test("one without the other is refused", () => {
    expect(() => load({ environment: { MODELTAP_TLS_CERT: "c.pem" }, files })).toThrow("tls_cert needs tls_key");
    expect(() => load({ environment: { MODELTAP_TLS_KEY: "k.pem" }, files })).toThrow("tls_key needs tls_cert");
  });

  test("files that cannot be read are told, each", () => {
    const environment = { MODELTAP_TLS_CERT: "no.pem", MODELTAP_TLS_KEY: "none.pem", MODELTAP_CA_FILE: "ca.pem" };
    expect(() => load({ environment })).toThrow(
      /no\.pem cannot be read.*\n.*none\.pem cannot be read.*\n.*ca\.pem cannot/,
    );
  });
});

describe("providers", () => {
  test("a new one needs a base URL, and a misspelt known one is recognised", () => {
    expect(() => load({ toml: '[providers.opnai]\ncapture = "off"' })).toThrow(
      /config\.toml:2: providers\.opnai\.base_url must be set, because no known provider has this id \(did you mean "openai"\?\)/,
    );
    expect(() => load({ toml: "[providers.mine]" })).toThrow("providers.mine.base_url must be set");
    expect(load({ toml: '[providers.mine]\nbase_url = "http://h/v1"\n' }).read("providers.mine.base_url")).toBe(
      "http://h/v1",
    );
  });

  test("a wrong base URL is told once: it is not missing, too", () => {
    let text = "";
    try {
      load({ toml: '[providers.mine]\nbase_url = "nonsense"' });
    } catch (failure) {
      text = String(failure);
    }
    expect(text).toContain("config.toml:2: providers.mine.base_url");
    expect(text.split("\n").filter((line) => line.includes("base_url"))).toHaveLength(1);
  });

  test.each([...RESERVED_SEGMENTS].filter((segment) => segment !== "bedrock"))(
    "%s cannot be the id of a new one",
    (id) => {
      expect(() => load({ toml: `[providers.${id}]\nbase_url = "http://h"` })).toThrow(
        `the provider id "${id}" is taken`,
      );
    },
  );

  test("bedrock is reserved as a path, but known as a provider", () => {
    expect(load({ toml: '[providers.bedrock]\nbase_url = "http://h"' }).read("providers.bedrock.base_url")).toBe(
      "http://h",
    );
  });

  test.each(["Mine", "my_gateway", "-x", "a.b", "ä"])("%s is no id", (id) => {
    expect(() => load({ toml: `[providers."${id}"]\nbase_url = "http://h"` })).toThrow(
      "must be made of a-z, 0-9 and -",
    );
  });

  test("the default upstream must be one of them", () => {
    expect(() => load({ environment: { MODELTAP_UPSTREAM: "opanai" } })).toThrow(
      /not "opanai" \(did you mean "openai"\?\)/,
    );
    expect(load({ toml: 'upstream = "mine"\n[providers.mine]\nbase_url = "http://h"' }).read("upstream")).toBe("mine");
  });
});

test("a body that may be held must fit into the memory for bodies", () => {
  expect(() => load({ toml: 'body_memory = "1MiB"' })).toThrow(
    /config\.toml:1: max_held_body must not be larger than body_memory/,
  );
});

describe("fallbacks", () => {
  const EU = '[providers.openai-eu]\nbase_url = "https://eu.example/v1"\n';

  test("name further upstreams of the same provider", () => {
    const toml = `[providers.openai]\nfallbacks = ["openai-eu"]\n${EU}provider = "openai"`;
    expect(load({ toml }).read("providers.openai.fallbacks")).toEqual(["openai-eu"]);
  });

  test.each([
    [
      "another provider",
      `[providers.openai]\nfallbacks = ["openai-eu"]\n${EU}`,
      'set providers.openai-eu.provider = "openai"',
    ],
    ["no provider", '[providers.openai]\nfallbacks = ["opanai-eu"]', 'names "opanai-eu", which is no provider'],
    ["itself", '[providers.openai]\nfallbacks = ["openai"]', "must not name the provider itself"],
    ["an owner that is none", `${EU}provider = "opanai"`, 'must be the id of a provider, not "opanai"'],
  ])("that name %s are refused with what to do", (_, toml, problem) => {
    expect(() => load({ toml })).toThrow(problem);
  });
});
