/** @module The steps a scripted answer is made of, from the bare byte up to a whole SSE stream. */

import { brotliCompressSync, deflateSync, gzipSync } from "node:zlib";

import { concatBytes, toBytes } from "./bytes.ts";
import { headerValues, type HeaderLines } from "./http-message.ts";

export type Step =
  /** Status line and fields exactly as given; the framing of later body steps follows from the fields. */
  | { readonly type: "head"; readonly status: number; readonly reason?: string; readonly headers: HeaderLines }
  /** Bytes past all framing, for whatever is not valid HTTP. */
  | { readonly type: "raw"; readonly bytes: Uint8Array }
  | { readonly type: "body"; readonly bytes: Uint8Array }
  /** A body piece of any size, made while it is sent. */
  | { readonly type: "pattern"; readonly totalBytes: number }
  | { readonly type: "delay"; readonly ms: number }
  | { readonly type: "wait"; readonly until: Promise<unknown> }
  /** Ends the connection as soon as this many body bytes (all body steps together) were sent. */
  | { readonly type: "limit"; readonly bodyBytes: number; readonly how: "cut" | "reset" }
  /** FIN, whatever was promised. */
  | { readonly type: "cut" }
  /** RST. */
  | { readonly type: "reset" }
  /** Holds the connection and says nothing more. */
  | { readonly type: "never" }
  /** Waits until the request body is here; of use in scripts that start at the head. */
  | { readonly type: "read-body" }
  /** Closes the framing: last chunk and trailers, or FIN for a close-delimited body. Added by itself at the end of a script. */
  | { readonly type: "end"; readonly trailers: HeaderLines };

export const head = (status: number, headers: HeaderLines = [], reason?: string): Step => ({
  type: "head",
  status,
  headers,
  ...(reason === undefined ? {} : { reason }),
});
/** A 1xx answer before the real one: `informational(103, [["link", "</a>"]])`. */
export const informational = (status: 100 | 102 | 103, headers: HeaderLines = []): Step =>
  raw(headText(status, headers));
export const raw = (bytes: string | Uint8Array): Step => ({ type: "raw", bytes: toBytes(bytes) });
export const body = (bytes: string | Uint8Array): Step => ({ type: "body", bytes: toBytes(bytes) });
export const pattern = (totalBytes: number): Step => ({ type: "pattern", totalBytes });
export const delay = (ms: number): Step => ({ type: "delay", ms });
export const wait = (until: Promise<unknown>): Step => ({ type: "wait", until });
export const limit = (bodyBytes: number, how: "cut" | "reset" = "cut"): Step => ({ type: "limit", bodyBytes, how });
export const cut = (): Step => ({ type: "cut" });
export const reset = (): Step => ({ type: "reset" });
export const never = (): Step => ({ type: "never" });
export const readBody = (): Step => ({ type: "read-body" });
export const end = (trailers: HeaderLines = []): Step => ({ type: "end", trailers });

/** Status line and fields as they go on the wire. */
export function headText(status: number, headers: HeaderLines, reason?: string): string {
  const fields = headers.map(([name, value]) => `${name}: ${value}\r\n`).join("");
  return `HTTP/1.1 ${status} ${reason ?? REASONS[status] ?? "Status"}\r\n${fields}\r\n`;
}

export type ContentCoding = "gzip" | "br" | "zstd" | "deflate";

export type AnswerOptions = {
  readonly status?: number;
  readonly headers?: HeaderLines;
  readonly body?: string | Uint8Array;
  readonly contentType?: string;
  readonly coding?: ContentCoding;
  /** `length` is the default. */
  readonly framing?: "length" | "chunked" | "close";
  /** Split the body into this many pieces, one write each. */
  readonly pieces?: number;
  readonly paceMs?: number;
  readonly trailers?: HeaderLines;
};

/** A whole answer with a right framing, and the coding's field when one is asked for. */
export function answer(options: AnswerOptions = {}): Step[] {
  const plain = toBytes(options.body ?? "");
  const bytes = options.coding === undefined ? plain : encode(plain, options.coding);
  return framed(splitEvenly(bytes, options.pieces ?? 1), options);
}

export function json(value: unknown, options: AnswerOptions = {}): Step[] {
  return answer({ contentType: "application/json", ...options, body: JSON.stringify(value) });
}

export function redirect(location: string, status: 301 | 302 | 303 | 307 | 308 = 307): Step[] {
  return answer({ status, headers: [["location", location]] });
}

/** A string is the data of an unnamed event. */
export type SseEvent = string | { readonly event?: string; readonly data: string; readonly id?: string };

/** An SSE stream, one write per event, `paceMs` between them; chunked unless said otherwise. */
export function sse(events: readonly SseEvent[], options: AnswerOptions = {}): Step[] {
  return streamed(events.map(sseText), { contentType: "text/event-stream", ...options });
}

/** One JSON value per line, one write each. */
export function ndjson(values: readonly unknown[], options: AnswerOptions = {}): Step[] {
  const lines = values.map((value) => `${JSON.stringify(value)}\n`);
  return streamed(lines, { contentType: "application/x-ndjson", ...options });
}

/** Frames made by `toEventStreamFrame`, one write each. */
export function eventStream(frames: readonly Uint8Array[], options: AnswerOptions = {}): Step[] {
  return streamed(frames, { contentType: "application/vnd.amazon.eventstream", ...options });
}

/** Wire text of one event, blank line included. */
export function sseText(event: SseEvent): string {
  if (typeof event === "string") return `data: ${event}\n\n`;
  const name = event.event === undefined ? "" : `event: ${event.event}\n`;
  const id = event.id === undefined ? "" : `id: ${event.id}\n`;
  const data = event.data.replaceAll("\n", "\ndata: ");
  return `${name}${id}data: ${data}\n\n`;
}

export function encode(bytes: Uint8Array, coding: ContentCoding): Uint8Array {
  if (coding === "gzip") return gzipSync(bytes);
  if (coding === "br") return brotliCompressSync(bytes);
  if (coding === "deflate") return deflateSync(bytes);
  return Bun.zstdCompressSync(bytes);
}

/** At least one piece, none empty but that of an empty body. */
export function splitEvenly(bytes: Uint8Array, count: number): Uint8Array[] {
  const size = Math.max(1, Math.ceil(bytes.length / count));
  const pieces: Uint8Array[] = [];
  for (let at = 0; at < bytes.length; at += size) pieces.push(bytes.subarray(at, at + size));
  return pieces.length === 0 ? [bytes] : pieces;
}

function streamed(parts: readonly (string | Uint8Array)[], options: AnswerOptions): Step[] {
  const plain = parts.map(toBytes);
  // A coding runs over the whole stream, so its pieces no longer end where events do: as with real upstreams.
  const pieces =
    options.coding === undefined ? plain : splitEvenly(encode(concatBytes(plain), options.coding), plain.length);
  return framed(pieces, { framing: "chunked", ...options });
}

function framed(pieces: readonly Uint8Array[], options: AnswerOptions): Step[] {
  const status = options.status ?? 200;
  const bodyless = status === 204 || status === 304;
  const headers: [string, string][] = (options.headers ?? []).map(([name, value]) => [name, value]);
  const add = (name: string, value: string) => {
    if (headerValues(headers, name).length === 0) headers.push([name, value]);
  };
  if (options.contentType !== undefined) add("content-type", options.contentType);
  if (options.coding !== undefined) add("content-encoding", options.coding);
  const framing = options.framing ?? "length";
  if (framing === "chunked") add("transfer-encoding", "chunked");
  else if (framing === "close") add("connection", "close");
  else if (!bodyless) add("content-length", String(pieces.reduce((sum, piece) => sum + piece.length, 0)));
  const paced = pieces.flatMap((piece, i): Step[] =>
    i > 0 && options.paceMs !== undefined ? [delay(options.paceMs), body(piece)] : [body(piece)],
  );
  return [head(status, headers), ...(bodyless ? [] : paced), end(options.trailers)];
}

const REASONS: Readonly<Record<number, string>> = {
  100: "Continue",
  102: "Processing",
  103: "Early Hints",
  200: "OK",
  204: "No Content",
  206: "Partial Content",
  301: "Moved Permanently",
  302: "Found",
  303: "See Other",
  304: "Not Modified",
  307: "Temporary Redirect",
  308: "Permanent Redirect",
  400: "Bad Request",
  401: "Unauthorized",
  404: "Not Found",
  429: "Too Many Requests",
  500: "Internal Server Error",
  501: "Not Implemented",
  503: "Service Unavailable",
  529: "Overloaded",
};
