/** @module Which numbers the store accepts: a figure out of all reason becomes unknown, so that it can spoil neither a sum nor a batch. */

/** Whole count, or null when unknown, negative or above 10^12. */
export function toCount(value: number | undefined): number | null {
  return value !== undefined && value >= 0 && value <= MAX_COUNT ? Math.round(value) : null;
}

/** Amount with a fraction (seconds of audio), with the bounds of a count. */
export function toAmount(value: number | undefined): number | null {
  return value !== undefined && value >= 0 && value <= MAX_COUNT ? value : null;
}

/** Nano-USD, or null when unknown or beyond a million dollars either way; may be negative, as a provider's credit is. */
export function toNanoUsd(value: number | undefined): number | null {
  return value !== undefined && Math.abs(value) <= MAX_NANO_USD ? Math.round(value) : null;
}

/** Epoch milliseconds, whole. */
export function toEpochMs(value: number): number {
  return value >= 0 && value <= MAX_EPOCH_MS ? Math.floor(value) : 0;
}

/** Microseconds of a duration in ms: whole numbers, so that what was added can be taken away exactly. */
export function toMicros(durationMs: number): number {
  return Math.floor(durationMs * 1000 + 0.5);
}

const MAX_COUNT = 1e12;
const MAX_NANO_USD = 1e15;
/** The last moment a JavaScript Date can hold. */
const MAX_EPOCH_MS = 8.64e15;
