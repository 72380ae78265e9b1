/** @module What tokens of an exchange are counted for. */

/** A name that tokens are counted under, and how many it has in a minute. */
export type Budget = { readonly name: string; readonly perMinute: number };
