/** @module How body bytes are packed for the store: compressed where it pays, as they are where it would not. */

export type PackedBody = {
  readonly compression: "none" | "zstd";
  readonly bytes: Uint8Array;
};

/**
 * Packs wire bytes. Cost: about 15 µs for 2 KB of JSON; bodies of 1 MiB and more get the fastest level, and only after
 * a sample of 64 KiB shrank; bodies that say they are compressed already are not tried.
 */
export function packBody(bytes: Uint8Array, contentType?: string, contentEncoding?: string): PackedBody {
  const plain: PackedBody = { compression: "none", bytes };
  if (bytes.length < SMALLEST || isCompressed(contentType, contentEncoding)) return plain;
  const isLarge = bytes.length >= LARGE;
  if (isLarge) {
    const middle = bytes.length >>> 1;
    const sample = bytes.subarray(middle, middle + SAMPLE);
    if (!isWorth(Bun.zstdCompressSync(sample, { level: FAST_LEVEL }), sample)) return plain;
  }
  const packed = Bun.zstdCompressSync(bytes, { level: isLarge ? FAST_LEVEL : LEVEL });
  return isWorth(packed, bytes) ? { compression: "zstd", bytes: packed } : plain;
}

export function unpackBody(body: PackedBody): Uint8Array {
  return body.compression === "zstd" ? Bun.zstdDecompressSync(body.bytes) : body.bytes;
}

/** Times of the bursts as JSON, or its zstd frame when that is shorter. */
export function packChunks(chunks: readonly (readonly [number, number])[]): string | Uint8Array {
  const text = JSON.stringify(chunks);
  if (text.length < SMALLEST) return text;
  const packed = Bun.zstdCompressSync(text, { level: LEVEL });
  return packed.length < text.length ? packed : text;
}

export function unpackChunks(packed: string | Uint8Array): readonly (readonly [number, number])[] {
  const text = typeof packed === "string" ? packed : Bun.zstdDecompressSync(packed).toString("utf8");
  // What `packChunks` wrote.
  return JSON.parse(text) as (readonly [number, number])[];
}

function isCompressed(contentType?: string, contentEncoding?: string): boolean {
  if (contentEncoding !== undefined && !/^\s*(identity\s*)?$/i.test(contentEncoding)) return true;
  return contentType !== undefined && DENSE_TYPE.test(contentType);
}

/** A sixteenth must be saved, or reading would unpack for nothing. */
function isWorth(packed: Uint8Array, bytes: Uint8Array): boolean {
  return packed.length < bytes.length - (bytes.length >>> 4);
}

const DENSE_TYPE =
  /^\s*(image\/(?!svg|bmp)|audio\/(?!wav|x-wav|l16|pcm)|video\/|font\/woff|application\/(zip|gzip|x-gzip|zstd|x-7z))/i;
const SMALLEST = 192;
const LARGE = 1024 * 1024;
const SAMPLE = 64 * 1024;
const LEVEL = 3;
const FAST_LEVEL = 1;
