/** @module Runs the steps of a scripted answer on a socket, byte for byte and with back-pressure. */

import type { Socket } from "node:net";

import { concatBytes, patternPieces, toBytes } from "./bytes.ts";
import { framingOf, headerValues, type Framing } from "./http-message.ts";
import type { ReceivedRequest } from "./received-request.ts";
import { headText, type Step } from "./step.ts";

/** What became of the connection: `kept` = it can carry the next request. */
export type AnswerEnd = "kept" | "closed";

/** Runs the steps in order; ends early, without an error, when the peer goes away. */
export async function writeAnswer(
  socket: Socket,
  request: ReceivedRequest,
  steps: Iterable<Step> | AsyncIterable<Step>,
): Promise<AnswerEnd> {
  const writer = new AnswerWriter(socket, request);
  for await (const step of steps) {
    await writer.run(step);
    if (socket.destroyed || writer.isOver) break;
  }
  if (!writer.isOver) await writer.run({ type: "end", trailers: [] });
  return writer.isClosed || socket.destroyed ? "closed" : "kept";
}

class AnswerWriter {
  readonly #socket: Socket;
  readonly #request: ReceivedRequest;
  #framing: Framing = { type: "close" };
  #bodyAllowed = true;
  #keepsAlive = true;
  #limit: { readonly bodyBytes: number; readonly how: "cut" | "reset" } | undefined;
  isOver = false;
  isClosed = false;

  constructor(socket: Socket, request: ReceivedRequest) {
    this.#socket = socket;
    this.#request = request;
  }

  async run(step: Step): Promise<void> {
    switch (step.type) {
      case "head":
        return this.#writeHead(step);
      case "raw":
        return this.#write(step.bytes);
      case "body":
        return this.#writeBody(step.bytes);
      case "pattern":
        for (const piece of patternPieces(step.totalBytes)) {
          if (this.isOver || this.#socket.destroyed) return;
          await this.#writeBody(piece);
        }
        return;
      case "delay":
        return Bun.sleep(step.ms);
      case "wait":
        await Promise.race([step.until, this.#request.disconnected]);
        return;
      case "limit":
        this.#limit = step;
        return;
      case "cut":
      case "reset":
        return this.#close(step.type);
      case "never":
        await this.#request.disconnected;
        return this.#close("cut");
      case "read-body":
        await Promise.race([this.#request.bodyDone, this.#request.disconnected]);
        return;
      case "end":
        return this.#end(step);
    }
  }

  async #writeHead(step: Extract<Step, { type: "head" }>): Promise<void> {
    this.#bodyAllowed = this.#request.method !== "HEAD" && step.status !== 204 && step.status !== 304;
    this.#framing = framingOf(step.headers, this.#bodyAllowed ? "close" : "none");
    this.#keepsAlive = ![...headerValues(step.headers, "connection"), this.#request.header("connection") ?? ""].some(
      (value) => value.toLowerCase() === "close",
    );
    await this.#write(toBytes(headText(step.status, step.headers, step.reason)));
  }

  async #writeBody(bytes: Uint8Array): Promise<void> {
    if (!this.#bodyAllowed || this.isOver || bytes.length === 0) return;
    const left = this.#limit === undefined ? bytes.length : this.#limit.bodyBytes - this.#request.sentBodyBytes;
    const piece = bytes.subarray(0, left);
    if (piece.length > 0) {
      // The chunk keeps its promised size even when the limit cuts it short, as a dying server would leave it.
      const wire =
        this.#framing.type === "chunked"
          ? [toBytes(`${bytes.length.toString(16)}\r\n`), piece, ...(piece.length === bytes.length ? [CRLF] : [])]
          : [piece];
      await this.#write(concatBytes(wire));
      this.#request.sentBodyBytes += piece.length;
    }
    if (this.#limit !== undefined && this.#request.sentBodyBytes >= this.#limit.bodyBytes) {
      await this.#close(this.#limit.how);
    }
  }

  async #end(step: Extract<Step, { type: "end" }>): Promise<void> {
    if (this.isOver) return;
    this.isOver = true;
    if (this.#bodyAllowed && this.#framing.type === "chunked") {
      const fields = step.trailers.map(([name, value]) => `${name}: ${value}\r\n`).join("");
      await this.#write(toBytes(`0\r\n${fields}\r\n`));
    }
    if (this.#framing.type === "close" || !this.#keepsAlive) await this.#close("cut");
  }

  async #close(how: "cut" | "reset"): Promise<void> {
    this.isOver = true;
    this.isClosed = true;
    if (this.#socket.destroyed) return;
    if (how === "reset") {
      // On TLS the reset is not to be had; destroying without close_notify is the nearest fault.
      if (typeof this.#socket.resetAndDestroy === "function") this.#socket.resetAndDestroy();
      else this.#socket.destroy();
      return;
    }
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#socket.end(() => resolve());
    this.#socket.once("close", () => resolve());
    await promise;
  }

  async #write(bytes: Uint8Array): Promise<void> {
    const socket = this.#socket;
    if (socket.destroyed || !socket.writable || socket.write(bytes)) return;
    const { promise, resolve } = Promise.withResolvers<void>();
    socket.once("drain", resolve);
    socket.once("close", resolve);
    await promise;
    socket.off("drain", resolve);
    socket.off("close", resolve);
  }
}

const CRLF = toBytes("\r\n");
