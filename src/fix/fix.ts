/** @module The contract of a compatibility fix: it sees whole answers or single events, never a socket, a clock or a draw. */

import type { AppliedFix } from "../domain/fix.ts";

/** What a fix may know of the request whose answer it looks at. */
export type FixCall = {
  /** Unique for the exchange: ids that a fix makes up are derived from it. */
  readonly exchangeId: string;
  /** Parsed JSON of the request. */
  readonly requestBody: unknown;
};

/** One server-sent event with the blank line that ends it. */
export type FixEvent = {
  readonly bytes: Uint8Array;
  /** Its `data:` lines joined by LF; undefined when it has none. Parsed at the first look. */
  readonly data: string | undefined;
};

/**
 * What becomes of an event. `pass` lets it and all that are held go out as they came; `hold` keeps it back for now;
 * `replace` sends these bytes instead of it and of all that are held.
 */
export type Verdict = "pass" | "hold" | { readonly replace: readonly Uint8Array[] };

/** Where a fix says what it did; a warning is text for people, with names but without values. */
export type FixReport = {
  applied(change: Omit<AppliedFix, "fix">): void;
  warn(text: string): void;
};

/** One answer on its way through one fix: either `body` once, or `event` for each event and then `end`. */
export type FixRun = {
  /** The answer as it should be; undefined leaves its bytes as they are. */
  body(answer: unknown): unknown;
  event(event: FixEvent): Verdict;
  /** The stream is over, maybe cut: what is held goes out as it came. */
  end(): void;
};

export type Fix = {
  /** As written in the configuration. */
  readonly id: string;
  readonly name: string;
  readonly description: string;
  /** What switching it on may cost, for people. */
  readonly risk: string;
  /** True for calls whose answers it may have to do with. Cost: a few string tests. */
  isFor(method: string, path: string): boolean;
  /** Undefined when nothing can be wrong with the answer to this call. */
  begin(call: FixCall, report: FixReport): FixRun | undefined;
};
