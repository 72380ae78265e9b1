/** @module What docs/errors.md promises of every answer that is modeltap's own. */

import { expect } from "bun:test";

import { ERROR_CODES, type ErrorCode } from "../../src/domain/error.ts";
import { eventually } from "../support/gate.ts";
import type { Modeltap, StatsRow } from "../support/modeltap.ts";
import type { RawResponse } from "../support/raw-request.ts";

/** Status, header, content type, and a message that says what to do. */
export function expectOwnError(code: ErrorCode, answer: RawResponse): void {
  expect(answer.header("x-modeltap-error")).toBe(code);
  expect(answer.status).toBe(ERROR_CODES[code].status);
  expect(answer.header("content-type")).toBe("application/json");
  expect(answer.text).toContain("modeltap: ");
  expect(answer.text).toContain(ERROR_CODES[code].hint.slice(0, 20));
}

/** Makes the check that a row which was not there before says the code, whose fault it is, and what else is given. */
export function createRowCheck(modeltap: () => Modeltap) {
  let lastId = 0;
  return async (code: ErrorCode, more: Partial<StatsRow> = {}): Promise<void> => {
    const row = await eventually(
      async () => (await modeltap().rows(5)).find(({ id, error_code }) => id > lastId && error_code === code),
      `the row of ${code}`,
    );
    lastId = row.id;
    const { status, source } = ERROR_CODES[code];
    expect(row).toMatchObject({ status_code: status, ended_by: source, state: "failed", ...more });
  };
}
