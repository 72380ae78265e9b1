import { expect, test } from "bun:test";
import { secure, SECURITY_HEADERS } from "../../src/http/security-headers.ts";

test("adds all of them, and leaves what a page says itself", () => {
  const plain = secure(new Response("x"), false);
  for (const [name, value] of Object.entries(SECURITY_HEADERS)) expect(plain.headers.get(name)).toBe(value);
  const page = secure(new Response("x", { headers: { "content-security-policy": "script-src 'self'" } }), false);
  expect(page.headers.get("content-security-policy")).toBe("script-src 'self'");
});

test("demands HTTPS only where it was used", () => {
  expect(secure(new Response(null), false).headers.has("strict-transport-security")).toBe(false);
  expect(secure(new Response(null), true).headers.get("strict-transport-security")).toContain("max-age=31536000");
});
