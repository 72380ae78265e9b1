import { afterEach, expect, test } from "bun:test";
import { createProxyCase, startProxy } from "../support/proxy.ts";
import { rawRequest } from "../support/raw-request.ts";
import * as step from "../support/step.ts";

const { opened, start, close } = createProxyCase();
afterEach(close);

test("a WebSocket upgrade is answered 426 at once and recorded", async () => {
  const { upstream, proxy } = await start();
  const response = await rawRequest(proxy.url, {
    target: "/v1/responses",
    headers: [
      ["Upgrade", "websocket"],
      ["Connection", "Upgrade"],
      ["Sec-WebSocket-Version", "13"],
      ["Sec-WebSocket-Key", "dGhlIHNhbXBsZSBub25jZQ=="],
    ],
  });
  expect([response.status, response.header("x-modeltap-error")]).toEqual([426, "websocket_unsupported"]);
  expect(upstream.requests.length).toBe(0);
  expect((await proxy.ended()).end).toMatchObject({ statusCode: 426, errorCode: "websocket_unsupported" });
});

test("an upstream without a base URL says what to set", async () => {
  const unset = startProxy({ baseUrl: "x", options: { upstreams: new Map([["azure", AZURE]]) } });
  opened.push(unset);
  const response = await rawRequest(unset.url, { target: "/azure/openai/deployments" });
  expect([response.status, response.header("x-modeltap-error")]).toEqual([502, "upstream_not_configured"]);
  expect(response.text).toContain("[providers.azure] base_url");
});

const AZURE = {
  id: "azure",
  provider: "azure",
  family: "openai",
  baseUrlExample: "https://<resource>.openai.azure.com",
  local: false,
  includeUsage: "auto",
  capture: "full",
  captureBytes: 0,
  tlsInsecure: false,
} as const;

test("an upstream that is modeltap's own address is refused instead of called for ever", async () => {
  const { proxy } = await start({ isSelf: (origin) => origin.startsWith("http://127.0.0.1:") });
  const response = await rawRequest(proxy.url, { target: "/openai/v1/models" });
  expect([response.status, response.header("x-modeltap-error")]).toEqual([502, "upstream_not_configured"]);
  expect(response.text).toContain("own address");
});

test("an upstream that switches protocols unasked did not answer in valid HTTP, and is reached", async () => {
  const { upstream, proxy } = await start();
  upstream.on(/./, [
    step.head(101, [
      ["upgrade", "x"],
      ["connection", "upgrade"],
    ]),
    step.never(),
  ]);
  const response = await rawRequest(proxy.url, { method: "POST", target: "/openai/v1/x", body: "{}" });
  expect([response.status, response.header("x-modeltap-error")]).toEqual([502, "upstream_invalid_response"]);
});
