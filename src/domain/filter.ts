/** @module What subset of exchanges a question is about; shared by API, CLI and pages. */

import type { ExchangeKind, ExchangeState } from "./exchange.ts";

/** All given fields must hold. Times are epoch milliseconds, half-open [from, to). */
export type ExchangeFilter = {
  readonly fromMs?: number;
  readonly toMs?: number;
  readonly provider?: string;
  readonly model?: string;
  readonly dialect?: string;
  readonly tool?: string;
  readonly client?: string;
  /** Id of a managed key. */
  readonly key?: string;
  /** Our id of a session, or the id its client uses. */
  readonly session?: string;
  readonly states?: readonly ExchangeState[];
  /** `error` = failed, or answered with a status of 400 and above; `completed` = answered below that. */
  readonly outcome?: "completed" | "error";
  readonly kind?: ExchangeKind;
  /** Lowest and highest status, inclusive. */
  readonly statusMin?: number;
  readonly statusMax?: number;
  /** For the two above, a client's abort before any status counts as 499. */
  readonly abortsAs499?: boolean;
  /** Case-insensitive part of model, path, provider, error or id. */
  readonly text?: string;
};
