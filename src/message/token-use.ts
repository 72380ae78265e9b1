/** @module Tokens of exchanges that were stored, for limits that count them. */

import type { ExchangeId } from "../domain/id.ts";

/** Input and output tokens of one exchange. */
export type TokenUse = readonly [id: ExchangeId, tokens: number];
