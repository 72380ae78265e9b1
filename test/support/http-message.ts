/** @module HTTP/1.1 read by hand, for both ends of a test: heads, and bodies taken out of their framing piece by piece. */

import { concatBytes, indexOfBytes } from "./bytes.ts";

/** Fields in wire order, names in the case they were sent with. */
export type HeaderLines = readonly (readonly [name: string, value: string])[];

export type Framing =
  | { readonly type: "none" }
  | { readonly type: "length"; readonly bytes: number }
  | { readonly type: "chunked" }
  | { readonly type: "close" };

export type MessageHead = {
  /** First line without its line break. */
  readonly startLine: string;
  readonly headers: HeaderLines;
  /** Bytes the head took, blank line included. */
  readonly headBytes: number;
};

/** The head at the start of `bytes`, or undefined while its blank line has not come. */
export function findHead(bytes: Uint8Array): MessageHead | undefined {
  const end = indexOfBytes(bytes, "\r\n\r\n");
  if (end === -1) return undefined;
  const [startLine = "", ...lines] = Buffer.from(bytes.subarray(0, end)).toString("latin1").split("\r\n");
  const headers = lines.map((line): [string, string] => {
    const colon = line.indexOf(":");
    return colon === -1 ? [line, ""] : [line.slice(0, colon), line.slice(colon + 1).trim()];
  });
  return { startLine, headers, headBytes: end + 4 };
}

/** All values of a field, in order; the name without regard to case. */
export function headerValues(headers: HeaderLines, name: string): string[] {
  return headers.filter(([key]) => key.toLowerCase() === name.toLowerCase()).map(([, value]) => value);
}

/** How the body after this head ends, by RFC 9112 §6.3. */
export function framingOf(headers: HeaderLines, absent: "none" | "close"): Framing {
  if (headerValues(headers, "transfer-encoding").some((value) => /\bchunked\b/i.test(value))) {
    return { type: "chunked" };
  }
  const length = headerValues(headers, "content-length")[0];
  return length === undefined ? { type: absent } : { type: "length", bytes: Number(length) };
}

/** Takes the body out of its framing; feed wire bytes split anywhere. */
export class BodyReader {
  readonly #framing: Framing;
  readonly #onPiece: (piece: Uint8Array) => void;
  #pending: Uint8Array = new Uint8Array();
  #chunkLeft = 0;
  #state: "size" | "payload" | "payload-end" | "trailers" = "size";
  #lengthLeft: number;
  complete: boolean;
  /** Set when the chunk framing itself was broken. */
  malformed = false;
  trailers: HeaderLines = [];

  constructor(framing: Framing, onPiece: (piece: Uint8Array) => void) {
    this.#framing = framing;
    this.#onPiece = onPiece;
    this.#lengthLeft = framing.type === "length" ? framing.bytes : 0;
    this.complete = framing.type === "none" || (framing.type === "length" && framing.bytes === 0);
  }

  /** Answers the bytes that belong to the next message. */
  feed(bytes: Uint8Array): Uint8Array {
    if (this.complete || this.#framing.type === "none") return bytes;
    if (this.#framing.type === "chunked") return this.#feedChunked(bytes);
    const piece = this.#framing.type === "close" ? bytes : bytes.subarray(0, this.#lengthLeft);
    if (this.#framing.type === "length") {
      this.#lengthLeft -= piece.length;
      this.complete = this.#lengthLeft === 0;
    }
    if (piece.length > 0) this.#onPiece(piece);
    return bytes.subarray(piece.length);
  }

  /** The connection ended: right for a close-delimited body, a cut for the others. */
  end(): void {
    if (this.#framing.type === "close") this.complete = true;
  }

  #feedChunked(bytes: Uint8Array): Uint8Array {
    let rest = this.#pending.length === 0 ? bytes : concatBytes([this.#pending, bytes]);
    this.#pending = new Uint8Array();
    while (!this.complete && !this.malformed && rest.length > 0) {
      if (this.#state === "payload") {
        const piece = rest.subarray(0, this.#chunkLeft);
        this.#onPiece(piece);
        this.#chunkLeft -= piece.length;
        rest = rest.subarray(piece.length);
        if (this.#chunkLeft === 0) this.#state = "payload-end";
        continue;
      }
      const lineEnd = indexOfBytes(rest, "\r\n");
      if (lineEnd === -1) {
        this.#pending = rest.slice();
        return new Uint8Array();
      }
      this.#takeLine(Buffer.from(rest.subarray(0, lineEnd)).toString("latin1"));
      rest = rest.subarray(lineEnd + 2);
    }
    return this.complete ? rest : new Uint8Array();
  }

  #takeLine(line: string): void {
    if (this.#state === "payload-end") {
      this.malformed = line !== "";
      this.#state = "size";
    } else if (this.#state === "size") {
      const size = /^([0-9a-f]+)\s*(?:;.*)?$/i.exec(line)?.[1];
      if (size === undefined) this.malformed = true;
      this.#chunkLeft = Number.parseInt(size ?? "0", 16);
      this.#state = this.#chunkLeft === 0 ? "trailers" : "payload";
    } else if (line === "") {
      this.complete = true;
    } else {
      const colon = line.indexOf(":");
      this.trailers = [...this.trailers, [line.slice(0, colon), line.slice(colon + 1).trim()]];
    }
  }
}
