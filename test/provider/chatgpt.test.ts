import { expect, test } from "bun:test";

import { findChatGptDestination, isAccountToken } from "../../src/provider/chatgpt.ts";
import { toTestUpstream } from "../support/route-table.ts";

const openai = { ...toTestUpstream("", "openai"), baseUrl: "https://api.openai.com/v1" };

test("the same upstream object stands for each request, so that its connections are kept", () => {
  const first = findChatGptDestination(openai, "/v1/responses");
  expect(first).toMatchObject({
    path: "/backend-api/codex/responses",
    upstream: { id: "chatgpt.com", provider: "openai", baseUrl: "https://chatgpt.com" },
  });
  expect(findChatGptDestination(openai, "/x")?.upstream).toBe(first?.upstream);
});

test("an upstream with a credential of its own keeps its requests", () => {
  expect(findChatGptDestination({ ...openai, credential: { mode: "none" } }, "/v1/responses")).toBeUndefined();
});

test("a token is told from a key by its three parts", () => {
  expect(isAccountToken("Bearer aaa.bbb.ccc")).toBe(true);
  for (const other of [null, "", "Bearer sk-a.b.c", "bearer a.b.c", "Bearer a.b", "Bearer a..c", "Basic a.b.c"]) {
    expect(isAccountToken(other)).toBe(false);
  }
});
