import { afterEach, expect, test } from "bun:test";
import { isOwnPath } from "../../src/proxy/own.ts";
import { createProxyCase } from "../support/proxy.ts";
import { rawRequest } from "../support/raw-request.ts";

const { start, close } = createProxyCase();
afterEach(close);

test("the root answers probes with a line, and browsers with the way to the pages", async () => {
  const { proxy, upstream } = await start();
  const probe = await rawRequest(proxy.url, { method: "HEAD", target: "/" });
  expect([probe.status, probe.text]).toEqual([200, ""]);
  expect((await rawRequest(proxy.url, { target: "/" })).text).toStartWith("modeltap ");
  const page = await rawRequest(proxy.url, { target: "/", headers: [["accept", "text/html,*/*"]] });
  expect([page.status, page.header("location")]).toEqual([302, "/dashboard"]);
  expect(
    (
      await rawRequest(proxy.url, {
        method: "PUT",
        target: "/",
        body: "{}",
        headers: [["content-type", "application/json"]],
      })
    ).status,
  ).toBe(405);
  expect(upstream.requests).toEqual([]);
});

test("health tells the whole, and single parts by name", async () => {
  const { proxy } = await start();
  expect(JSON.parse((await rawRequest(proxy.url, { target: "/health" })).text)).toMatchObject({ status: "ok" });
  expect(JSON.parse((await rawRequest(proxy.url, { target: "/health/journal" })).text)).toEqual({ mode: "disk" });
  expect((await rawRequest(proxy.url, { target: "/health/nope" })).status).toBe(404);
  expect((await rawRequest(proxy.url, { target: "/health/constructor" })).status).toBe(404);
  expect((await rawRequest(proxy.url, { target: "/ready" })).status).toBe(200);
});

test.each([
  ["GET", "/admin/breakers/nobody", 404, "not_found", undefined],
  ["GET", "/admin/breakers/nobody/else", 404, "not_found", undefined],
  ["POST", "/admin/breakers/nobody/reset", 404, "not_found", undefined],
  ["GET", "/health/nope", 404, "not_found", undefined],
  ["GET", "/admin/breakers/nobody/reset", 405, "method_not_allowed", "POST"],
  ["DELETE", "/admin/breakers/nobody", 405, "method_not_allowed", "GET, HEAD"],
  ["POST", "/admin/breakers", 405, "method_not_allowed", "GET, HEAD"],
  ["POST", "/ready", 405, "method_not_allowed", "GET, HEAD"],
  ["POST", "/metrics", 405, "method_not_allowed", "GET, HEAD"],
  ["GET", "/admin/api/reload", 405, "method_not_allowed", "POST"],
] as const)("%s %s is refused as the api refuses", async (method, target, status, code, allow) => {
  const { proxy } = await start();
  const headers: [string, string][] = method === "GET" ? [] : [["content-type", "application/json"]];
  const answer = await rawRequest(proxy.url, { method, target, headers, ...(method === "GET" ? {} : { body: "{}" }) });
  expect([answer.status, answer.header("allow")]).toEqual([status, allow]);
  expect(JSON.parse(answer.text)).toEqual({
    error: { type: "invalid_request_error", code, message: expect.not.stringContaining("modeltap:") },
  });
});

test("while the api is away its paths say so, and nothing is recorded or forwarded", async () => {
  const { proxy, upstream } = await start();
  const response = await rawRequest(proxy.url, { target: "/stats/summary" });
  expect([response.status, response.header("x-modeltap-error"), response.header("retry-after")]).toEqual([
    503,
    "api_unavailable",
    "1",
  ]);
  expect(proxy.exchanges).toEqual([]);
  expect(upstream.requests).toEqual([]);
});

test("own paths are told from forwarded ones", () => {
  expect(["/", "/dashboard", "/admin/x", "/stats/a", "/api/requests", "/health"].every(isOwnPath)).toBe(true);
  expect(["/openai/v1", "/v1/x", "/api/chat", "/apix", "/statsx", "/api/requestsx"].some(isOwnPath)).toBe(false);
});
