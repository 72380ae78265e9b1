/** @module The hash that session ids and keys are made with. */

/** 128 bits of SHA-256 as hex: two texts never share one by chance. */
export function digest(text: string): string {
  return new Bun.CryptoHasher("sha256").update(text).digest("hex").slice(0, 32);
}
