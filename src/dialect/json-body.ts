/** @module A JSON answer held until its end, up to a bound; beyond it only its two ends are kept. */

import { joinBytes, parseJson } from "../http/json.ts";
import type { AnswerSink } from "./answer-sink.ts";

/** Bytes of one JSON answer that are held. */
export const MAX_JSON_BYTES = 32 * 1024 * 1024;
const HEAD_BYTES = 64 * 1024;
const TAIL_BYTES = 1024 * 1024;

/** Gives the parsed value to the sink at the end, or what is left of a broken one. */
export class JsonBody {
  readonly #sink: AnswerSink;
  #held: Uint8Array[] = [];
  #heldBytes = 0;
  #head: Uint8Array | undefined;

  constructor(sink: AnswerSink) {
    this.#sink = sink;
  }

  /** True once bytes were let go. */
  get isOverlong(): boolean {
    return this.#head !== undefined;
  }

  feed(bytes: Uint8Array): void {
    this.#held.push(bytes.slice());
    this.#heldBytes += bytes.length;
    if (this.#head === undefined && this.#heldBytes > MAX_JSON_BYTES) {
      this.#head = this.read().slice(0, HEAD_BYTES);
      this.#sink.onWarning("the answer is too long to parse: only its two ends were read");
    }
    if (this.#head !== undefined) this.#dropBeforeTail();
  }

  /** All that is held, in one piece. */
  read(): Uint8Array {
    const joined = joinBytes(this.#held);
    this.#held = [joined];
    return joined;
  }

  clear(): void {
    this.#held = [];
    this.#heldBytes = 0;
  }

  /** True when the value was whole. */
  end(): boolean {
    const decoder = new TextDecoder();
    if (this.#head !== undefined) {
      const tail = this.read();
      this.#sink.onBrokenJson(decoder.decode(this.#head), decoder.decode(tail));
      return /[}\]]\s*$/.test(decoder.decode(tail.subarray(-64)));
    }
    const text = decoder.decode(this.read());
    const value = parseJson(text);
    if (value !== undefined) {
      this.#sink.onValue(value, "");
      return true;
    }
    this.#sink.onBrokenJson(text.slice(0, HEAD_BYTES), text.slice(-TAIL_BYTES));
    return false;
  }

  #dropBeforeTail(): void {
    const [first] = this.#held;
    if (this.#held.length === 1 && first !== undefined && first.length > 2 * TAIL_BYTES) {
      this.#held = [first.slice(-TAIL_BYTES)];
      this.#heldBytes = TAIL_BYTES;
      return;
    }
    while (this.#held.length > 1 && this.#heldBytes - (this.#held[0]?.length ?? 0) >= TAIL_BYTES) {
      this.#heldBytes -= this.#held.shift()?.length ?? 0;
    }
  }
}
