/** @module What docs/errors.md promises of every answer that is modeltap's own. */

import { expect } from "bun:test";

import { ERROR_CODES, type ErrorCode } from "../../src/domain/error.ts";
import type { RawResponse } from "../support/raw-request.ts";

/** Status, header, content type, and a message that says what to do. */
export function expectOwnError(code: ErrorCode, answer: RawResponse): void {
  expect(answer.header("x-modeltap-error")).toBe(code);
  expect(answer.status).toBe(ERROR_CODES[code].status);
  expect(answer.header("content-type")).toBe("application/json");
  expect(answer.text).toContain("modeltap: ");
  expect(answer.text).toContain(ERROR_CODES[code].hint.slice(0, 20));
}
