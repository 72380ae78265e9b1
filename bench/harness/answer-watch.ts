/** @module Finds the end of an HTTP answer in pieces, without keeping its bytes: all a load generator needs to know. */

const decoder = new TextDecoder("latin1");

export class AnswerWatch {
  status = 0;
  #head = "";
  #left = 0;
  #state: "head" | "length" | "chunk-size" | "chunk" | "last" = "head";
  #line = "";

  /** True once the answer that the bytes belong to is complete. */
  feed(bytes: Uint8Array): boolean {
    let at = 0;
    while (at < bytes.length) {
      if (this.#state === "head") {
        const before = this.#head.length;
        this.#head += decoder.decode(bytes.subarray(at));
        const end = this.#head.indexOf("\r\n\r\n");
        if (end === -1) return false;
        at += end + 4 - before;
        if (this.#readHead(this.#head.slice(0, end)) === 0) return true;
      } else if (this.#state === "length" || this.#state === "chunk") {
        const taken = Math.min(this.#left, bytes.length - at);
        this.#left -= taken;
        at += taken;
        if (this.#left > 0) return false;
        if (this.#state === "length") return true;
        this.#state = "chunk-size";
      } else {
        // Chunk sizes are a few bytes: going one by one is cheap beside the payload, which is skipped.
        const char = bytes[at++] ?? 0;
        if (char !== 10) this.#line += String.fromCharCode(char);
        else if (this.#takeLine()) return true;
      }
    }
    return false;
  }

  reset(): void {
    this.#head = "";
    this.#line = "";
    this.#left = 0;
    this.#state = "head";
  }

  /** Answers the content-length, if there is one. */
  #readHead(head: string): number | undefined {
    this.status = Number(head.slice(9, 12));
    const length = /\r\ncontent-length: *(\d+)/i.exec(head)?.[1];
    this.#state = length === undefined ? "chunk-size" : "length";
    this.#left = Number(length ?? 0);
    return length === undefined ? undefined : this.#left;
  }

  #takeLine(): boolean {
    const line = this.#line.trim();
    this.#line = "";
    if (this.#state === "last") return line === "";
    if (line === "") return false;
    this.#left = Number.parseInt(line, 16);
    this.#state = this.#left === 0 ? "last" : "chunk";
    return false;
  }
}
