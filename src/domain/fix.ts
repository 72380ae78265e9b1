/** @module What compatibility fixes did to an answer, as the record keeps it. */

/** Every compatibility fix that may be switched on; each is a file of its own. */
export const FIX_IDS: readonly string[] = ["qwen-tagged-tool-call-rewrite"];

/** One change that a fix made; names only, never a value. */
export type AppliedFix = {
  readonly fix: string;
  readonly action: string;
  /** Tool call that came of it. */
  readonly function?: string;
  readonly id?: string;
};

/** Why a fix left an answer, or the rest of it, as it came. */
export type FixWarning = { readonly fix: string; readonly text: string };

/** Kept for every exchange on which a fix was switched on, also where there was nothing to do. */
export type FixOutcome = {
  /** Ids in the order in which they were switched on. */
  readonly configured: readonly string[];
  readonly applied: readonly AppliedFix[];
  readonly warnings: readonly FixWarning[];
};
