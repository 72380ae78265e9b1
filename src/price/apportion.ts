/** @module Rounds a sum once and shares it out so that the parts add up to it exactly. */

const PICO_PER_NANO = 1000n;

/** Pico-USD to whole nano-USD, half up. Undefined when the figure no longer fits a number exactly. */
export function toNanoUsd(picoUsd: bigint): number | undefined {
  const nano = Number((picoUsd + PICO_PER_NANO / 2n) / PICO_PER_NANO);
  return Number.isSafeInteger(nano) ? nano : undefined;
}

/** Shares `total` in proportion to non-negative weights by the largest remainder; the shares are whole and sum to it. */
export function apportion(total: number, weights: readonly bigint[]): readonly number[] {
  const sum = weights.reduce((all, weight) => all + weight, 0n);
  if (sum === 0n) return weights.map((_, position) => (position === 0 ? total : 0));
  const whole = BigInt(total);
  const shares = weights.map((weight) => (whole * weight) / sum);
  let left = Number(whole - shares.reduce((all, share) => all + share, 0n));
  const byRemainder = weights
    .map((weight, position) => ({ position, remainder: (whole * weight) % sum }))
    .sort((one, other) => (one.remainder === other.remainder ? 0 : one.remainder > other.remainder ? -1 : 1));
  const rounded = shares.map(Number);
  for (const { position } of byRemainder) {
    if (left === 0) break;
    rounded[position] = (rounded[position] ?? 0) + 1;
    left -= 1;
  }
  return rounded;
}
