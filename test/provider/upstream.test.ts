import { expect, test } from "bun:test";
import { toUpstreamUrl } from "../../src/provider/upstream.ts";

test.each([
  ["https://api.openai.com", "/v1/chat", "", "https://api.openai.com/v1/chat"],
  ["https://api.openai.com", "", "", "https://api.openai.com/"],
  ["https://api.openai.com", "", "?a=1", "https://api.openai.com/?a=1"],
  ["https://api.openai.com/v1", "/v1/chat", "?b", "https://api.openai.com/v1/chat?b"],
  ["https://api.openai.com/v1", "/chat", "", "https://api.openai.com/v1/chat"],
  ["https://api.openai.com/v1", "", "", "https://api.openai.com/v1"],
  ["https://api.openai.com/v1", "/v1", "", "https://api.openai.com/v1"],
  ["https://api.openai.com/v1", "/v10/x", "", "https://api.openai.com/v1/v10/x"],
  ["https://api.z.ai/api/paas/v4", "/v4/chat", "", "https://api.z.ai/api/paas/v4/chat"],
  ["https://api.z.ai/api/paas/v4", "/v1/chat", "", "https://api.z.ai/api/paas/v4/v1/chat"],
  ["https://x/v1beta", "/v1beta/models", "", "https://x/v1beta/models"],
  ["https://openrouter.ai/api", "/v1/x", "", "https://openrouter.ai/api/v1/x"],
  ["http://h:1/a", "//evil.com/x", "", "http://h:1/a//evil.com/x"],
  ["http://h:1", "/@evil.com", "", "http://h:1/@evil.com"],
])("base %s with path %s and query %s is %s", (base, path, query, expected) => {
  const url = toUpstreamUrl(base, path, query);
  expect(url).toBe(expected);
  expect(new URL(url).origin).toBe(new URL(base).origin);
});
