/** @module Identity of an exchange: a UUIDv7 made at admission, so ids sort by start time. */

declare const exchangeIdBrand: unique symbol;

/** Canonical 36-character lower-case UUIDv7. */
export type ExchangeId = string & { readonly [exchangeIdBrand]: true };

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;

/** Narrows text to an exchange id; undefined when it is none. */
export function parseExchangeId(text: string): ExchangeId | undefined {
  return UUID.test(text) ? (text as ExchangeId) : undefined;
}

/** The 16 bytes of an id, as stored in journal frames. */
export function toIdBytes(id: ExchangeId): Uint8Array {
  const bytes = new Uint8Array(16);
  writeIdBytes(id, bytes, 0);
  return bytes;
}

/** Writes the 16 bytes of an id into `target` at `offset` without allocating. */
export function writeIdBytes(id: ExchangeId, target: Uint8Array, offset: number): void {
  let at = offset;
  for (let i = 0; i < 36; i += 2) {
    if (id.charCodeAt(i) === 45) i += 1;
    target[at++] = (hexValue(id.charCodeAt(i)) << 4) | hexValue(id.charCodeAt(i + 1));
  }
}

/** Text form of the 16 bytes at `offset`. */
export function fromIdBytes(source: Uint8Array, offset: number): ExchangeId {
  let text = "";
  for (let i = 0; i < 16; i++) {
    if (i === 4 || i === 6 || i === 8 || i === 10) text += "-";
    text += HEX[source[offset + i] ?? 0];
  }
  return text as ExchangeId;
}

const HEX = Array.from({ length: 256 }, (_, value) => value.toString(16).padStart(2, "0"));

function hexValue(code: number): number {
  return code <= 57 ? code - 48 : code - 87;
}
