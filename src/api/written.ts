/** @module The answer to a write that the recorder was asked for, as a value or as a refusal of the api. */

import type { ApiErrorCode } from "../domain/api-error.ts";
import type { WriteResult } from "../message/write.ts";
import { ApiError } from "./error.ts";

const CODES = {
  conflict: "conflict",
  not_found: "not_found",
  invalid: "bad_body",
  unavailable: "recorder_unavailable",
} as const satisfies Record<Extract<WriteResult, { ok: false }>["code"], ApiErrorCode>;

/** Throws an ApiError with the recorder's own words when it was not done. */
export function getWritten(result: WriteResult): unknown {
  if (result.ok) return result.value;
  throw new ApiError(CODES[result.code], result.message);
}
