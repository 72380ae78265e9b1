import { describe, expect, test } from "bun:test";

import { addHttp, isLoopbackHost, isLoopbackUrl, parseBaseUrl, parseProxyUrl } from "../../src/config/base-url.ts";

describe("parseBaseUrl", () => {
  test.each([
    ["https://api.openai.com", "https://api.openai.com"],
    ["https://api.openai.com/", "https://api.openai.com"],
    ["HTTP://Host.Example:8080/base//", "http://host.example:8080/base"],
    ["http://127.0.0.1:8000/v1", "http://127.0.0.1:8000/v1"],
    ["http://[::1]:8000/v1/", "http://[::1]:8000/v1"],
    ["https://h/a%2Fb", "https://h/a%2Fb"],
    ["https://h/a/../b", "https://h/b"],
  ])("%s is read as %s", (text, url) => {
    expect(parseBaseUrl(text)).toEqual({ url });
  });

  test.each([
    ["ftp://host", "http://"],
    ["host:8080", "http://"],
    ["", "http://"],
    ["http://", "http://"],
    ["http:///path", "http://"],
    ["https://user:pass@host", "user name or password"],
    ["https://user@host", "user name or password"],
    ["https://host/?a=1", "query"],
    ["https://host/?", "query"],
    ["https://host/#a", "fragment"],
    ["https://host/#", "fragment"],
  ])("%s is refused", (text, reason) => {
    expect(parseBaseUrl(text)).toEqual({ wrong: expect.stringContaining(reason) });
  });
});

test("an outgoing proxy may be bare and may have credentials, but must speak HTTP", () => {
  expect(parseProxyUrl("proxy:3128")).toEqual({ url: "http://proxy:3128/" });
  expect(parseProxyUrl("http://u:p@proxy:3128")).toEqual({ url: "http://u:p@proxy:3128/" });
  expect(parseProxyUrl("socks5://proxy:1080")).toEqual({ wrong: expect.stringContaining("HTTP proxy") });
});

test("http:// is added only where there is no scheme", () => {
  expect(addHttp("spark:11434")).toBe("http://spark:11434");
  expect(addHttp("https://spark")).toBe("https://spark");
});

test("loopback is 127.0.0.0/8, ::1 and localhost, and nothing that looks like it", () => {
  const yes = ["127.0.0.1", "127.255.0.9", "::1", "[::1]", "localhost", "LOCALHOST"];
  const no = ["0.0.0.0", "::", "10.0.0.1", "127.0.0.1.example", "127.0.0.256", "localhost.example", "1127.0.0.1", ""];
  expect(yes.filter((host) => !isLoopbackHost(host))).toEqual([]);
  expect(no.filter(isLoopbackHost)).toEqual([]);
  expect(isLoopbackUrl("http://[::1]:8000/v1")).toBe(true);
  expect(isLoopbackUrl("http://127.0.0.1.example/")).toBe(false);
});
