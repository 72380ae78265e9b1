import { expect, test } from "bun:test";
import { ERROR_CODES, ProxyError, type ErrorCode } from "../../src/domain/error.ts";

test("an error carries the status, blame and advice of its code", () => {
  // Object.keys forgets the literal type it was given.
  for (const code of Object.keys(ERROR_CODES) as ErrorCode[]) {
    const error = new ProxyError(code, "what happened");
    const { status, source, retryable, hint } = ERROR_CODES[code];
    expect([error.status, error.source, error.retryable, error.hint]).toEqual([status, source, retryable, hint]);
    expect(status).toBeWithin(400, 600);
    expect(hint).toEndWith(".");
  }
});
