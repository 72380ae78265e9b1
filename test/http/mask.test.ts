import { describe, expect, test } from "bun:test";
import { isSecretName, maskCredentials, maskHeader, maskQuery, maskSecret } from "../../src/http/mask.ts";

const LONG = "sk-ant-api03-AbCdEfGhIjKlMnOpQrStUvWxYz-0123456789";

describe("maskHeader", () => {
  test("shows the kind and the last four characters of a long secret, nothing of a short one", () => {
    expect(maskHeader("x-api-key", LONG)).toBe("sk-ant-api03-…6789");
    expect(maskHeader("authorization", `Bearer ${LONG}`)).toBe("Bearer sk-ant-api03-…6789");
    expect(maskHeader("x-api-key", "hunter2hunter2")).toBe("…");
    expect(maskHeader("authorization", "Bearer short-token-here")).toBe("Bearer …");
    expect(maskHeader("x-goog-api-key", "AIzaSyA1234567890abcdefghijklmnop")).toBe("AIza…mnop");
    expect(maskHeader("authorization", "Basic dXNlcjpwYXNzd29yZA==")).not.toContain("dXNl");
  });

  test("hides a JWT whose first dash comes late", () => {
    const jwt = "eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiIxMjM0NTY3ODkwIn0.abcdefghijklmnop-qrstuvwxyz";
    expect(maskHeader("authorization", `Bearer ${jwt}`)).toBe("Bearer jwt:…wxyz");
    expect(maskHeader("x-whatever", jwt)).toBe("jwt:…wxyz");
  });

  test.each([
    "authorization",
    "proxy-authorization",
    "x-api-key",
    "api-key",
    "x-goog-api-key",
    "x-amz-security-token",
    "x-admin-token",
    "x-proxy-key",
    "my-api-key",
    "x-client-secret",
    "x-secret-thing",
    "x-forwarded-auth",
    "x-github-token",
    "x-my-access-token",
    "x-auth-token",
    "ocp-apim-subscription-key",
    "x-functions-key",
    "x-litellm-key",
    "cf-aig-authorization",
    "private-token",
    "auth-token",
    "session_token",
    "openai_api_key",
    "x-credential",
    "x-jwt-assertion",
  ])("masks %s by its name", (name) => {
    expect(isSecretName(name)).toBe(true);
    expect(maskHeader(name, "abcdefghijklmnopqrstuvwxyz0123")).toBe("…0123");
  });

  test.each([
    "x-ratelimit-remaining-tokens",
    "anthropic-ratelimit-tokens-limit",
    "x-amzn-bedrock-input-token-count",
    "idempotency-key",
    "x-request-id",
    "x-client-request-id",
    "max-tokens",
    "content-type",
    "user-agent",
    "x-stainless-os",
  ])("leaves %s as it is", (name) => {
    expect(maskHeader(name, "12345-abcdefghijklmnopqrstuvwx")).toBe("12345-abcdefghijklmnopqrstuvwx");
  });

  test("masks each cookie's value, and of Set-Cookie only the value", () => {
    expect(maskHeader("cookie", "a=secretsecretsecretsecret; b=two")).toBe("a=…; b=…");
    expect(maskHeader("set-cookie", "sid=secretsecretsecretsecret; Path=/; HttpOnly")).toBe("sid=…; Path=/; HttpOnly");
  });

  test("masks the key part of a WebSocket protocol", () => {
    const masked = maskHeader("sec-websocket-protocol", `realtime, openai-insecure-api-key.${LONG}`);
    expect(masked).toStartWith("realtime, openai-insecure-api-key.");
    expect(masked).not.toContain("AbCdEf");
  });

  test.each([
    "sk-proj-AAAAAAAAAAAAAAAAAAAAAAAA",
    "hf_AAAAAAAAAAAAAAAAAAAAAAAA",
    "AKIAIOSFODNN7EXAMPLE",
    "gsk_AAAAAAAAAAAAAAAAAAAA",
    "xai-AAAAAAAAAAAAAAAAAAAAAA",
    "ghp_AAAAAAAAAAAAAAAAAAAAAAAA",
  ])("knows the credential %s in a field of any name", (secret) => {
    expect(maskHeader("x-debug", `v=${secret};`)).not.toContain(secret.slice(6, 18));
  });
});

describe("URLs in fields", () => {
  const TOKEN = "abcdefghijklmnopqrstuvwxyz0123";
  test.each([
    ["location", `/next?access_token=${TOKEN}&page=2`, "/next?access_token=%E2%80%A60123&page=2"],
    [
      "location",
      `https://x.example/cb#id_token=${TOKEN}&state=1`,
      "https://x.example/cb#id_token=%E2%80%A60123&state=1",
    ],
    ["referer", `https://x.example/?ids=1,2&key=${TOKEN}`, "https://x.example/?ids=1,2&key=%E2%80%A60123"],
    ["link", `<https://x.example/a?sig=${TOKEN}>; rel="next"`, '<https://x.example/a?sig=%E2%80%A60123>; rel="next"'],
    ["location", "/next?page=2&q=a%20b#top", "/next?page=2&q=a%20b#top"],
    ["x-note", "what? a=b", "what? a=b"],
    ["accept", "text/html;q=0.8", "text/html;q=0.8"],
  ])("%s: %s", (name, value, expected) => {
    expect(maskHeader(name, value)).toBe(expected);
  });
});

describe("maskQuery", () => {
  test("masks secret parameters and keeps the rest byte for byte", () => {
    expect(maskQuery("alt=sse&key=AIzaSyA1234567890abcdefghijklmnop&b=%2F+x")).toBe(
      "alt=sse&key=AIza%E2%80%A6mnop&b=%2F+x",
    );
    expect(maskQuery("beta=true&x=%zz")).toBe("beta=true&x=%zz");
    expect(maskQuery("K%65y=abc")).toBe("K%65y=%E2%80%A6");
    expect(maskQuery("key[]=abc&auth_token=abc&subscription-key=abc")).not.toContain("abc");
    expect(maskQuery("")).toBe("");
  });

  test("finds credentials under harmless names", () => {
    expect(maskQuery(`q=${LONG}`)).not.toContain("AbCdEf");
  });
});

test("maskCredentials finds secrets inside a text", () => {
  const masked = maskCredentials(`failed: Authorization: Bearer abcdefghijklmnopqrstuvwxyz and key ${LONG}.`);
  expect(masked).not.toContain("abcdefghijklmnop");
  expect(masked).not.toContain("AbCdEf");
});

test("maskSecret of a masked value gives nothing more away", () => {
  expect(maskSecret(maskSecret(LONG))).not.toContain("AbCd");
});
