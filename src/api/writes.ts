/** @module Changes on their way from the api to the recorder, and its answers as answers of the api. */

import type { Asker } from "../message/asker.ts";
import type { Write } from "../message/write.ts";
import { ApiError } from "./error.ts";

const CODE = {
  conflict: "conflict",
  not_found: "not_found",
  invalid: "bad_body",
  unavailable: "recorder_unavailable",
} as const;

/** What the recorder answered. Throws ApiError where it refused. */
export async function write(ask: Asker["ask"], change: Write): Promise<unknown> {
  const result = await ask(change);
  if (!result.ok) throw new ApiError(CODE[result.code], result.message);
  return result.value;
}
