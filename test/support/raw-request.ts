/** @module A client on raw TCP: sends exact bytes in any pieces and tells exactly what came back and how it ended. */

import { once } from "node:events";
import { connect, type Socket } from "node:net";

import { concatBytes, indexOfBytes, toBytes } from "./bytes.ts";
import { eventually } from "./gate.ts";
import { BodyReader, findHead, framingOf, headerValues, type HeaderLines } from "./http-message.ts";

/** `end` = FIN, `reset` = RST, `open` = still open. */
export type ConnectionEnd = "end" | "reset" | "open";

export type RawResponse = {
  readonly status: number;
  readonly headers: HeaderLines;
  header(name: string): string | undefined;
  /** Body out of its framing; content codings untouched. */
  readonly body: Uint8Array;
  readonly text: string;
  /** The framing was closed properly. */
  readonly complete: boolean;
  readonly trailers: HeaderLines;
};

export type RawRequestOptions = {
  readonly method?: string;
  readonly target?: string;
  /** Sent as given; `host` and, for a body, `content-length` are added when absent. */
  readonly headers?: HeaderLines;
  readonly body?: string | Uint8Array;
};

/** Connects to `http://host:port`. */
export async function openRaw(url: string): Promise<RawClient> {
  const { hostname, port } = new URL(url);
  const socket = connect({ host: hostname, port: Number(port), allowHalfOpen: true });
  await once(socket, "connect");
  return new RawClient(socket, `${hostname}:${port}`);
}

/** One request on one connection, read until its answer is complete or the connection ends. */
export async function rawRequest(url: string, request: RawRequestOptions, timeoutMs = 10_000): Promise<RawResponse> {
  await using client = await openRaw(url);
  await client.send(client.requestText(request));
  // Awaited here: the connection is closed when this function ends.
  return await client.response(timeoutMs, request.method);
}

export class RawClient {
  readonly #socket: Socket;
  readonly #host: string;
  readonly #pieces: Uint8Array[] = [];
  readonly #closed: Promise<unknown>;
  #ended: ConnectionEnd = "open";

  constructor(socket: Socket, host: string) {
    this.#socket = socket;
    this.#host = host;
    this.#closed = new Promise((resolve) => socket.once("close", resolve));
    socket.setNoDelay(true);
    socket.on("data", (bytes: Buffer) => this.#pieces.push(new Uint8Array(bytes)));
    socket.on("end", () => {
      if (this.#ended === "open") this.#ended = "end";
    });
    socket.on("error", () => {
      this.#ended = "reset";
    });
  }

  /** Everything received so far, exactly. */
  get bytes(): Uint8Array {
    return concatBytes(this.#pieces);
  }

  get text(): string {
    return new TextDecoder().decode(this.bytes);
  }

  get ended(): ConnectionEnd {
    return this.#ended;
  }

  /** The request as bytes, for sending whole or in pieces. */
  requestText(request: RawRequestOptions): Uint8Array {
    const headers: [string, string][] = (request.headers ?? []).map(([name, value]) => [name, value]);
    if (headerValues(headers, "host").length === 0) headers.unshift(["Host", this.#host]);
    const content = request.body === undefined ? undefined : toBytes(request.body);
    const isFramed = ["content-length", "transfer-encoding"].some((name) => headerValues(headers, name).length > 0);
    if (content !== undefined && !isFramed) headers.push(["Content-Length", String(content.length)]);
    const fields = headers.map(([name, value]) => `${name}: ${value}\r\n`).join("");
    const start = `${request.method ?? (content === undefined ? "GET" : "POST")} ${request.target ?? "/"} HTTP/1.1\r\n`;
    return concatBytes([toBytes(`${start}${fields}\r\n`), content ?? new Uint8Array()]);
  }

  /** Resolves when the kernel took the bytes. */
  async send(bytes: string | Uint8Array): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#socket.write(toBytes(bytes), () => resolve());
    await Promise.race([promise, this.#closed]);
  }

  /** Sends pieces of `pieceBytes` with a pause after each. */
  async sendInPieces(bytes: Uint8Array, pieceBytes: number, pauseMs = 0): Promise<void> {
    for (let at = 0; at < bytes.length; at += pieceBytes) {
      await this.send(bytes.subarray(at, at + pieceBytes));
      await Bun.sleep(pauseMs);
    }
  }

  /** FIN of our side; the answer can still come. */
  halfClose(): void {
    this.#socket.end();
  }

  /** RST. */
  abort(): void {
    this.#socket.resetAndDestroy();
  }

  /** Stops reading, so that the peer meets back-pressure. */
  pause(): void {
    this.#socket.pause();
  }

  resume(): void {
    this.#socket.resume();
  }

  /** Waits for a text among the received bytes, or for a number of them. */
  async waitFor(expected: string | number, timeoutMs = 10_000): Promise<void> {
    await eventually(
      () => {
        const bytes = this.bytes;
        const isHere = typeof expected === "number" ? bytes.length >= expected : indexOfBytes(bytes, expected) !== -1;
        return isHere ? true : undefined;
      },
      `client to receive ${JSON.stringify(expected)}; it has ${JSON.stringify(this.text.slice(0, 500))}`,
      timeoutMs,
    );
  }

  /** How the connection ended, or `open` when it had not after `timeoutMs`. */
  async waitForEnd(timeoutMs = 10_000): Promise<ConnectionEnd> {
    try {
      return await eventually(() => (this.#ended === "open" ? undefined : this.#ended), "end", timeoutMs);
    } catch {
      return "open";
    }
  }

  /** The first final answer, once it is complete or the connection ended. */
  async response(timeoutMs = 10_000, method = "GET"): Promise<RawResponse> {
    return eventually(
      () => {
        const response = findResponse(this.bytes, this.#ended, method);
        return response?.complete === true || this.#ended !== "open" ? response : undefined;
      },
      `a whole answer; the client has ${JSON.stringify(this.text.slice(0, 500))}`,
      timeoutMs,
    );
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#socket.destroy();
  }
}

/** The first answer in `bytes` that is not 1xx; undefined while its head is not there. */
export function findResponse(bytes: Uint8Array, ended: ConnectionEnd, method = "GET"): RawResponse | undefined {
  const found = findHead(bytes);
  if (found === undefined) return undefined;
  const status = Number(found.startLine.split(" ")[1]);
  const rest = bytes.subarray(found.headBytes);
  if (status >= 100 && status < 200 && status !== 101) return findResponse(rest, ended, method);
  const isBodyless = method === "HEAD" || status === 204 || status === 304;
  const pieces: Uint8Array[] = [];
  const framing = isBodyless ? ({ type: "none" } as const) : framingOf(found.headers, "close");
  const reader = new BodyReader(framing, (piece) => pieces.push(piece));
  reader.feed(rest);
  if (ended === "end") reader.end();
  const content = concatBytes(pieces);
  return {
    status,
    headers: found.headers,
    header: (name) => headerValues(found.headers, name)[0],
    body: content,
    text: new TextDecoder().decode(content),
    complete: reader.complete,
    trailers: reader.trailers,
  };
}
