/** @module What may be asked of a backfill of costs, and what it answers. */

export type BackfillRequest = {
  /** Every stored exchange, not only those of the lookback. */
  readonly all?: boolean;
  /** Most exchanges that are looked at. */
  readonly limit?: number;
  /** Also those whose cached input was charged at the full price. */
  readonly cached?: boolean;
  /** Start nothing: wait for the run under way, or tell what the last one came to. */
  readonly follow?: boolean;
};

export type BackfillResult = {
  /** Exchanges looked at. */
  readonly scanned: number;
  /** Those whose cost changed. */
  readonly updated: number;
  /** Those that have a cost now. */
  readonly ok: number;
  /** Those that still wait for a price. */
  readonly pending: number;
  /** Those that no price can help: no model is named, or the call is not billed. */
  readonly unsupported: number;
  /** Another run was under way, so this one did nothing. */
  readonly skipped?: boolean;
  /** It goes on; the counts are those until now. */
  readonly running?: boolean;
};
