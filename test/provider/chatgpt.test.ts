import { expect, test } from "bun:test";

import { findChatGptDestination } from "../../src/provider/chatgpt.ts";
import { toTestUpstream } from "../support/route-table.ts";

const openai = { ...toTestUpstream("", "openai"), baseUrl: "https://api.openai.com/v1" };
const TOKEN = "Bearer aaa.bbb.ccc";

test("the same upstream object stands for each request, so that its connections are kept", () => {
  const first = findChatGptDestination(openai, "/v1/responses", TOKEN);
  expect(first).toMatchObject({
    path: "/backend-api/codex/responses",
    upstream: { id: "chatgpt.com", provider: "openai", baseUrl: "https://chatgpt.com" },
  });
  expect(findChatGptDestination(openai, "/x", TOKEN)?.upstream).toBe(first?.upstream);
});

test("an upstream with a credential of its own keeps its requests", () => {
  expect(findChatGptDestination({ ...openai, credential: { mode: "none" } }, "/v1/responses", TOKEN)).toBeUndefined();
});
