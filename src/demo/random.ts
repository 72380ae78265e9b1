/** @module Chance from a seed, so that a demo can be played again. */

/** A number in [0, 1), as `Math.random` gives. */
export type Random = () => number;

/** Mulberry32: small, and good enough to look alive. */
export function createRandom(seed: number): Random {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}

/** A generator of its own for one part, so that what runs beside it cannot change its order. */
export function forkRandom(random: Random): Random {
  return createRandom(Math.floor(random() * 4_294_967_296));
}

/** A whole number from `low` to `high`, both included. */
export function pickInteger(random: Random, low: number, high: number): number {
  return low + Math.floor(random() * (high - low + 1));
}

/** One of a list that is not empty. */
export function pickFrom<T>(random: Random, values: readonly T[]): T {
  const value = values[pickInteger(random, 0, values.length - 1)];
  if (value === undefined) throw new RangeError("nothing to pick from");
  return value;
}

/** The values in another order (Fisher–Yates); the list given stays as it is. */
export function shuffle<T>(random: Random, values: readonly T[]): T[] {
  const left = [...values];
  const shuffled: T[] = [];
  while (left.length > 0) shuffled.push(...left.splice(Math.floor(random() * left.length), 1));
  return shuffled;
}

const DIGITS = "0123456789abcdefghijklmnopqrstuvwxyz";

/** Lower-case letters and digits, as ids of answers have them. */
export function pickText(random: Random, length: number): string {
  return Array.from({ length }, () => DIGITS[Math.floor(random() * DIGITS.length)] ?? "0").join("");
}

/** Text in the form of a version 4 UUID (RFC 9562 §5.4). */
export function pickUuid(random: Random): string {
  const hex = Array.from({ length: 32 }, (_, index) => {
    if (index === 12) return "4";
    const nibble = Math.floor(random() * 16);
    return (index === 16 ? (nibble & 3) | 8 : nibble).toString(16);
  }).join("");
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join("-");
}
