/** @module One request as the scripted upstream got it: raw head, body, and whether its sender went away. */

import { concatBytes } from "./bytes.ts";
import { headerValues, type HeaderLines } from "./http-message.ts";

/** Bodies over this are hashed and counted to the end, but only their start is kept. */
const KEPT_BODY_BYTES = 32 * 1024 * 1024;

export class ReceivedRequest {
  readonly method: string;
  /** As on the request line, nothing decoded. */
  readonly target: string;
  readonly headers: HeaderLines;
  /** Counts the upstream's connections from 1; equal numbers mean a reused connection. */
  readonly connection: number;
  /** Resolves when the whole body is here; never, when the sender left before. */
  readonly bodyDone: Promise<void>;
  /** Resolves when the sender ended or reset the connection before its answer was complete. */
  readonly disconnected: Promise<void>;
  /** Resolves when the script has run to its end. */
  readonly answered: Promise<void>;
  bodyBytes = 0;
  disconnectedAtMs: number | undefined;
  /** Body bytes of the answer that the socket took so far; stands still while the reader is slow. */
  sentBodyBytes = 0;
  trailers: HeaderLines = [];

  readonly #pieces: Uint8Array[] = [];
  readonly #hasher = new Bun.CryptoHasher("sha256");
  readonly #bodyDone = Promise.withResolvers<void>();
  readonly #disconnected = Promise.withResolvers<void>();
  readonly #answered = Promise.withResolvers<void>();
  #sha256: string | undefined;
  #isAnswered = false;

  constructor(startLine: string, headers: HeaderLines, connection: number) {
    const [method = "", target = ""] = startLine.split(" ");
    this.method = method;
    this.target = target;
    this.headers = headers;
    this.connection = connection;
    this.bodyDone = this.#bodyDone.promise;
    this.disconnected = this.#disconnected.promise;
    this.answered = this.#answered.promise;
  }

  /** First value of a field, whatever its case. */
  header(name: string): string | undefined {
    return headerValues(this.headers, name)[0];
  }

  /** Field names in wire order and case. */
  get headerNames(): readonly string[] {
    return this.headers.map(([name]) => name);
  }

  get body(): Uint8Array {
    return concatBytes(this.#pieces);
  }

  get text(): string {
    return new TextDecoder().decode(this.body);
  }

  get json(): unknown {
    return JSON.parse(this.text);
  }

  get isBodyComplete(): boolean {
    return this.#sha256 !== undefined;
  }

  /** Hash of the whole body, lower-case hex; undefined until it is complete. */
  get sha256(): string | undefined {
    return this.#sha256;
  }

  get isAnswered(): boolean {
    return this.#isAnswered;
  }

  takeBody(piece: Uint8Array): void {
    if (this.bodyBytes < KEPT_BODY_BYTES) this.#pieces.push(piece.slice());
    this.bodyBytes += piece.length;
    this.#hasher.update(piece);
  }

  endBody(trailers: HeaderLines): void {
    this.trailers = trailers;
    this.#sha256 = this.#hasher.digest("hex");
    this.#bodyDone.resolve();
  }

  /** The connection ended; means nothing once the answer is complete. */
  disconnect(): void {
    if (this.#isAnswered || this.disconnectedAtMs !== undefined) return;
    this.disconnectedAtMs = Date.now();
    this.#disconnected.resolve();
  }

  finish(): void {
    this.#isAnswered = true;
    this.#answered.resolve();
  }
}
