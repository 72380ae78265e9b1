import { expect, test } from "bun:test";
import { ERROR_CODES, ProxyError, type ErrorCode } from "../../src/domain/error.ts";
import { findErrorFamily, toErrorBody, toErrorResponse } from "../../src/provider/error-body.ts";

test("every code answers in every family's shape, with what to do and its stable code in a field", async () => {
  // Object.keys forgets the literal type it was given.
  for (const code of Object.keys(ERROR_CODES) as ErrorCode[]) {
    const error = new ProxyError(code, "What happened.");
    expect(toErrorBody(error, "openai")).toMatchObject({
      error: { message: expect.stringContaining(error.hint), code, param: null },
    });
    expect(toErrorBody(error, "anthropic")).toMatchObject({
      type: "error",
      error: { type: expect.any(String), message: expect.stringContaining(error.hint) },
    });
    expect(toErrorBody(error, "gemini")).toMatchObject({
      error: { code: error.status, status: expect.stringMatching(/^[A-Z_]+$/) },
    });
    expect(toErrorBody(error, "ollama")).toMatchObject({ error: expect.stringContaining(error.hint) });
    expect(toErrorBody(error, "bedrock")).toMatchObject({ message: expect.stringContaining(error.hint) });
    const response = toErrorResponse(error, "openai");
    expect([response.status, response.headers.get("x-modeltap-error")]).toEqual([error.status, code]);
    await response.body?.cancel();
  }
});

test("the path tells the family where one provider speaks several", () => {
  expect(findErrorFamily("/v1/messages", "openai")).toBe("anthropic");
  expect(findErrorFamily("/v1/threads/t/messages/m", "openai")).toBe("openai");
  expect(findErrorFamily("/v1beta/models/x:generateContent", "openai")).toBe("gemini");
  expect(findErrorFamily("/v1/chat/completions", "ollama")).toBe("openai");
  expect(findErrorFamily("/api/chat", "ollama")).toBe("ollama");
});
