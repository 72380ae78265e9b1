/** @module Tokens of exchanges that were stored, for limits that count them. */

/** Input and output tokens of exchanges with this tally. */
export type TokenUse = readonly [tally: string, tokens: number];
