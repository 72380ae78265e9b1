/** @module A stored body as the contract gives it back: unpacked, with what is known of the wire. */

import type { ExchangeId } from "../../domain/id.ts";
import type { Capture, CaptureSide } from "../store.ts";
import { unpackBody, unpackChunks } from "./capture-body.ts";

/** A row of `capture`, as far as it is read. */
export type CaptureRow = {
  readonly side: CaptureSide;
  readonly content_type: string | null;
  readonly content_encoding: string | null;
  readonly truncated: number;
  readonly head_bytes: number | null;
  readonly wire_bytes: number;
  readonly compression: "none" | "zstd";
  readonly chunks: string | Uint8Array | null;
  readonly body: Uint8Array;
};

export function fromCaptureRow(exchangeId: ExchangeId, row: CaptureRow): Capture {
  return {
    exchangeId,
    side: row.side,
    bytes: unpackBody({ compression: row.compression, bytes: row.body }),
    truncated: row.truncated === 1,
    wireBytes: row.wire_bytes,
    ...(row.content_type === null ? {} : { contentType: row.content_type }),
    ...(row.content_encoding === null ? {} : { contentEncoding: row.content_encoding }),
    ...(row.head_bytes === null ? {} : { headBytes: row.head_bytes }),
    ...(row.chunks === null ? {} : { chunks: unpackChunks(row.chunks) }),
  };
}
