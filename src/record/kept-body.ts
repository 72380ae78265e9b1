/** @module The bytes of one body while its exchange runs: all of them up to a limit, else its head and its tail. */

/** What is kept of a body. */
export type KeptBytes = {
  readonly bytes: Uint8Array;
  /** Bytes from the start of the body; the rest is its tail. Absent when nothing is missing between. */
  readonly headBytes?: number;
};

const EMPTY = new Uint8Array(0);

/** Collects pieces in order of their offset. Pieces are adopted, not copied, so the caller must not reuse their memory. */
export class KeptBody {
  readonly #head = new ByteRun();
  /** Set once bytes are missing between head and tail. */
  #tail: ByteRun | undefined;
  #limitBytes: number;
  #endOffset = 0;
  #missingBytes = 0;

  /** @param limitBytes most bytes to hold; beyond it half of them are the head, half the tail */
  constructor(limitBytes: number) {
    this.#limitBytes = limitBytes;
  }

  /** Memory in use. */
  get heldBytes(): number {
    return this.#head.capacity + (this.#tail?.capacity ?? 0);
  }

  /** Where the body ends as far as it came. */
  get endOffset(): number {
    return this.#endOffset;
  }

  /** Bytes that never came here: gaps between pieces. What `cut` takes away is not counted. */
  get missingBytes(): number {
    return this.#missingBytes;
  }

  /** True while every byte up to `endOffset` is held. */
  get isWhole(): boolean {
    return this.#tail === undefined;
  }

  /** Takes a piece; bytes that came before are passed over. */
  add(offset: number, bytes: Uint8Array): void {
    const known = this.#endOffset - offset;
    const piece = known <= 0 ? bytes : bytes.subarray(Math.min(known, bytes.length));
    if (piece.length === 0) return;
    if (known < 0) {
      this.#missingBytes -= known;
      this.#tail ??= new ByteRun();
    }
    this.#endOffset = Math.max(offset, this.#endOffset) + piece.length;
    (this.#tail ?? this.#head).add(piece);
    this.#shrink();
  }

  /** Holds no more than `limitBytes` from now on. */
  cut(limitBytes: number): void {
    this.#limitBytes = Math.min(this.#limitBytes, limitBytes);
    this.#shrink();
    this.#head.trim();
    this.#tail?.trim();
  }

  /** The whole body if it is held, else its unbroken beginning. A view: valid until the next `add`. */
  readHead(): Uint8Array {
    return this.#head.bytes;
  }

  /** The kept bytes within `limitBytes`, as an own copy when they are not one run. */
  take(limitBytes: number): KeptBytes {
    this.cut(limitBytes);
    const head = this.#head.bytes;
    if (this.#tail === undefined) return { bytes: head };
    return { bytes: Buffer.concat([head, this.#tail.bytes]), headBytes: head.length };
  }

  #shrink(): void {
    const headLimit = Math.ceil(this.#limitBytes / 2);
    const tailLimit = this.#limitBytes - headLimit;
    if (this.#tail === undefined) {
      if (this.#head.length <= this.#limitBytes) return;
      this.#tail = new ByteRun();
      this.#tail.add(this.#head.bytes.slice(headLimit));
      this.#head.keepFirst(headLimit);
      this.#head.trim();
    }
    this.#head.keepFirst(headLimit);
    this.#tail.keepLast(tailLimit);
  }
}

/** Contiguous bytes that grow at the end. The first piece is adopted as it is: most bodies have only one. */
class ByteRun {
  #buffer: Uint8Array = EMPTY;
  #from = 0;
  #to = 0;

  get length(): number {
    return this.#to - this.#from;
  }

  get capacity(): number {
    return this.#buffer.byteLength;
  }

  get bytes(): Uint8Array {
    return this.#buffer.subarray(this.#from, this.#to);
  }

  add(piece: Uint8Array): void {
    if (this.length === 0) {
      this.#buffer = piece;
      this.#from = 0;
      this.#to = piece.length;
      return;
    }
    if (this.#to + piece.length > this.#buffer.length) this.#grow(piece.length);
    this.#buffer.set(piece, this.#to);
    this.#to += piece.length;
  }

  keepFirst(count: number): void {
    this.#to = Math.min(this.#to, this.#from + count);
  }

  keepLast(count: number): void {
    this.#from = Math.max(this.#from, this.#to - count);
  }

  /** Gives back memory that is not in use. */
  trim(): void {
    if (this.capacity > this.length) this.#move(this.length);
  }

  #grow(count: number): void {
    this.#move(Math.max(4096, (this.length + count) * 2));
  }

  #move(capacity: number): void {
    const buffer = new Uint8Array(capacity);
    buffer.set(this.bytes);
    this.#to = this.length;
    this.#from = 0;
    this.#buffer = buffer;
  }
}
