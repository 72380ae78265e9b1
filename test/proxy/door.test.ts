import { describe, expect, test } from "bun:test";
import { createDoor, isLoopbackName } from "../../src/proxy/door.ts";
import { isOwnPath } from "../../src/proxy/own.ts";

const door = createDoor({ allowedHosts: ["box.lan"], allowedOrigins: ["http://app.lan:3000/"], isOwnPath });

function check(path: string, headers: Record<string, string>, method = "GET"): string | undefined {
  return door.check(new Request(`http://x${path}`, { method, headers }), path)?.code;
}

describe("the door", () => {
  test.each([
    "localhost:8080",
    "127.0.0.1:8080",
    "127.5.5.5",
    "[::1]:8080",
    "LOCALHOST",
    "a.localhost:1",
    "box.lan:8080",
  ])("lets the name %s in", (host) => {
    expect(check("/openai/v1/x", { host })).toBeUndefined();
  });

  test.each([
    "evil.com",
    "localhost.evil.com",
    "127.0.0.1.evil.com",
    "127.0.0.1evil",
    "[::2]",
    "[::1]evil.com",
    "box.lan.evil.com",
    "localhost, evil.com",
    "evil.com, a.localhost",
    "evil.com/.localhost",
    "localhost.",
    "",
  ])("refuses the name %p: DNS rebinding", (host) => {
    expect(check("/openai/v1/x", { host })).toBe("host_not_allowed");
  });

  test("refuses pages of other origins on every surface", () => {
    for (const origin of ["http://evil.com", "null", "http://localhost:3000", "https://127.0.0.1.evil.com"]) {
      for (const path of ["/openai/v1/x", "/v1/messages", "/stats/summary", "/health"]) {
        expect(check(path, { host: "localhost:8080", origin })).toBe("origin_not_allowed");
      }
    }
  });

  test("lets our own page, allowed pages and desktop shells in", () => {
    expect(check("/stats/summary", { host: "localhost:8080", origin: "http://localhost:8080" })).toBeUndefined();
    expect(check("/openai/v1/x", { host: "localhost:8080", origin: "http://app.lan:3000" })).toBeUndefined();
    expect(check("/openai/v1/x", { host: "localhost:8080", origin: "vscode-webview://abc" })).toBeUndefined();
    expect(check("/stats/summary", { host: "localhost:8080", origin: "vscode-webview://abc" })).toBe(
      "origin_not_allowed",
    );
  });

  test("takes Node's sec-fetch-mode for what it is: no browser", () => {
    expect(
      check("/v1/x", { host: "localhost", "sec-fetch-mode": "cors", "sec-fetch-site": "cross-site" }),
    ).toBeUndefined();
  });

  test("keeps browsers from being led to an upstream, whose page would run as one of ours", () => {
    const navigate = { host: "localhost", "sec-fetch-mode": "navigate" };
    for (const site of ["cross-site", "same-site", "same-origin"]) {
      expect(check("/ollama/docs", { ...navigate, "sec-fetch-site": site })).toBe("origin_not_allowed");
      expect(check("/v1/models", { ...navigate, "sec-fetch-site": site })).toBe("origin_not_allowed");
      expect(check("/dashboard", { ...navigate, "sec-fetch-site": site })).toBeUndefined();
    }
    const open = createDoor({ allowedHosts: [], allowedOrigins: ["*"], isOwnPath });
    const request = new Request("http://x/ollama/docs", { headers: { ...navigate, "sec-fetch-site": "cross-site" } });
    expect(open.check(request, "/ollama/docs")?.code).toBe("origin_not_allowed");
    expect(check("/v1/models", { ...navigate, "sec-fetch-site": "none" })).toBeUndefined();
  });

  test("asks no upstream for the image, script or style of a page, which names no origin", () => {
    const image = { host: "localhost", "sec-fetch-mode": "no-cors", "sec-fetch-dest": "image" };
    for (const site of ["cross-site", "same-site", "same-origin"]) {
      expect(check("/openai/v1/models", { ...image, "sec-fetch-site": site })).toBe("origin_not_allowed");
      expect(check("/assets/icon.svg", { ...image, "sec-fetch-site": site })).toBe(undefined);
    }
    const head = { method: "HEAD", headers: { ...image, "sec-fetch-site": "cross-site" } };
    expect(door.check(new Request("http://x/v1/models", head), "/v1/models")?.code).toBe("origin_not_allowed");
  });

  test("wants JSON for changes of our own state, and leaves forwarded content types alone", () => {
    const host = "localhost";
    expect(check("/admin/api/x", { host, "content-type": "text/plain" }, "POST")).toBe("json_required");
    expect(check("/admin/api/x", { host }, "DELETE")).toBe("json_required");
    expect(check("/admin/api/x", { host, "content-type": "application/jsonp" }, "POST")).toBe("json_required");
    expect(check("/admin/api/x", { host, "content-type": "application/json; charset=utf-8" }, "POST")).toBeUndefined();
    expect(check("/openai/v1/files", { host, "content-type": "multipart/form-data" }, "POST")).toBeUndefined();
    expect(check("/api/chat", { host, "content-type": "text/plain" }, "POST")).toBeUndefined();
  });

  test("* opens the forwarding surfaces to pages, never our own", () => {
    const open = createDoor({ allowedHosts: [], allowedOrigins: ["*"], isOwnPath });
    const headers = { host: "localhost", origin: "http://evil.com" };
    expect(open.check(new Request("http://x/openai/x", { headers }), "/openai/x")).toBeUndefined();
    expect(open.check(new Request("http://x/admin/api/x", { headers }), "/admin/api/x")?.code).toBe(
      "origin_not_allowed",
    );
  });

  test("knows the loopback names", () => {
    expect(["localhost", "::1", "127.0.0.1", "x.localhost"].every(isLoopbackName)).toBe(true);
    expect(["0.0.0.0", "128.0.0.1", "localhost.x", ""].some(isLoopbackName)).toBe(false);
  });
});
