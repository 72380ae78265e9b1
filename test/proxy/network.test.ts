import { describe, expect, test } from "bun:test";

import type { Upstream } from "../../src/provider/upstream.ts";
import { findOutgoingProxy, toConnectionOptions } from "../../src/proxy/network.ts";

const PROXY = "http://proxy.corp.example:3128/";
const network = (...noProxy: string[]) => ({ proxyUrl: PROXY, noProxy });

const UPSTREAM: Upstream = {
  id: "openai",
  provider: "openai",
  family: "openai",
  baseUrl: "https://api.openai.com",
  local: false,
  includeUsage: "auto",
  capture: "full",
  captureBytes: 1,
  tlsInsecure: false,
};

describe("findOutgoingProxy", () => {
  test("is direct while no proxy is set", () => {
    expect(findOutgoingProxy("https://api.openai.com", { noProxy: [] })).toBeUndefined();
  });

  test.each(["https://api.openai.com", "https://api.openai.com/v1", "http://10.0.0.7:8000", "https://[2001:db8::1]/"])(
    "goes through the proxy to %s",
    (origin) => {
      expect(findOutgoingProxy(origin, network())).toBe(PROXY);
    },
  );

  test.each([
    "http://localhost:11434",
    "http://LOCALHOST",
    "http://127.0.0.1:8000/v1",
    "http://127.9.9.9",
    "http://[::1]:80",
  ])("never sends this machine's own %s to a proxy", (origin) => {
    expect(findOutgoingProxy(origin, network())).toBeUndefined();
  });

  test.each([
    ["api.openai.com", true],
    ["API.OpenAI.com", true],
    [" api.openai.com ", true],
    ["openai.com", true],
    [".openai.com", true],
    ["*.openai.com", true],
    ["*", true],
    ["penai.com", false],
    ["api.openai.co", false],
    ["x.api.openai.com", false],
    ["", false],
  ])("no_proxy '%s' makes api.openai.com direct: %p", (rule, isDirect) => {
    expect(findOutgoingProxy("https://api.openai.com", network(rule))).toBe(isDirect ? undefined : PROXY);
  });

  test("one rule of several is enough", () => {
    expect(findOutgoingProxy("https://gw.corp.example", network("a.example", ".corp.example"))).toBeUndefined();
    expect(findOutgoingProxy("https://api.openai.com", network("a.example", ".corp.example"))).toBe(PROXY);
  });

  test.each([
    ["gw.corp.example:8443", "https://gw.corp.example:8443/v1", undefined],
    ["gw.corp.example:8443", "https://gw.corp.example/v1", PROXY],
    ["gw.corp.example:443", "https://gw.corp.example/v1", undefined],
  ])("a rule with a port, %s, is for that port alone (%s)", (rule, origin, expected) => {
    expect(findOutgoingProxy(origin, network(rule))).toBe(expected);
  });

  test.each([
    ["10.0.0.0/8", "http://10.1.2.3:8000", undefined],
    ["10.0.0.0/8", "http://11.1.2.3:8000", PROXY],
    ["192.168.4.0/22", "http://192.168.7.255", undefined],
    ["192.168.4.0/22", "http://192.168.8.0", PROXY],
    ["10.0.0.0/8", "https://api.openai.com", PROXY],
    ["10.0.0.0/64", "http://10.1.2.3:8000", PROXY],
    ["10.0.0.0/x", "http://10.1.2.3:8000", PROXY],
    ["10.1.2.3", "http://10.1.2.3:8000", undefined],
    ["2001:db8::/32", "http://[2001:db8::1]:8000", undefined],
    ["2001:db8::/32", "http://[2001:db9::1]:8000", PROXY],
    ["[2001:db8::1]:8000", "http://[2001:db8::1]:8000", undefined],
    ["[2001:db8::1]:8001", "http://[2001:db8::1]:8000", PROXY],
    ["2001:db8::1", "http://[2001:db8::1]:8000", undefined],
  ])("no_proxy %s against the address %s", (rule, origin, expected) => {
    expect(findOutgoingProxy(origin, network(rule))).toBe(expected);
  });
});

describe("toConnectionOptions", () => {
  test("says nothing where nothing is set", () => {
    expect(toConnectionOptions(UPSTREAM, { noProxy: [] })).toEqual({});
  });

  test("brings proxy, authority and the loud exception together", () => {
    const insecure = { ...UPSTREAM, tlsInsecure: true };
    expect(toConnectionOptions(insecure, { ...network(), ca: "PEM" })).toEqual({
      proxy: PROXY,
      tls: { ca: "PEM", rejectUnauthorized: false },
    });
    expect(toConnectionOptions(UPSTREAM, { ...network("*"), ca: "PEM" })).toEqual({ tls: { ca: "PEM" } });
  });

  test("an upstream without a base URL needs no proxy", () => {
    const { baseUrl: _, ...without } = UPSTREAM;
    expect(toConnectionOptions(without, network())).toEqual({});
  });
});
