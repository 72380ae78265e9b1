/** @module A recorded body as text for showing: decoded, capped, and honest about what is missing. */

import type { Capture } from "../store/store.ts";
import type { BodyText } from "./contract.ts";
import { decodeBody } from "./decode.ts";

/** No page shows more than this; the raw bytes can be downloaded whole. */
export const MAX_SHOWN_BYTES = 8 * 1024 * 1024;

/** Decodes a capture for showing. A cut body of a compressed kind shows what its head still gives. */
export async function toBodyText(capture: Capture, maxBytes = MAX_SHOWN_BYTES): Promise<BodyText> {
  const compressed = (capture.contentEncoding ?? "identity").toLowerCase() !== "identity";
  const headOnly = compressed && capture.truncated && capture.headBytes !== undefined;
  const wire = headOnly ? capture.bytes.subarray(0, capture.headBytes) : capture.bytes;
  const decoded = await decodeBody(wire, capture.contentEncoding, maxBytes);
  const text = isText(decoded.bytes) ? toText(decoded.bytes, headOnly ? undefined : capture) : null;
  const notes = [
    decoded.note,
    text === null && decoded.bytes.length > 0 ? "The body is not text; download its bytes instead." : undefined,
  ].filter((note) => note !== undefined);
  return {
    side: capture.side,
    text,
    content_type: capture.contentType ?? null,
    content_encoding: capture.contentEncoding ?? null,
    wire_bytes: capture.wireBytes,
    decoded_bytes: decoded.bytes.length,
    truncated: capture.truncated,
    capped: decoded.capped,
    note: notes.length === 0 ? null : notes.join(" "),
  };
}

function toText(bytes: Uint8Array, capture: Capture | undefined): string {
  const decoder = new TextDecoder();
  const missing = capture?.truncated === true ? capture.wireBytes - capture.bytes.length : 0;
  if (capture?.headBytes === undefined || missing <= 0 || capture.headBytes >= bytes.length) {
    return decoder.decode(bytes);
  }
  const head = decoder.decode(bytes.subarray(0, capture.headBytes));
  const tail = decoder.decode(bytes.subarray(capture.headBytes));
  return `${head}\n\n[… ${missing} bytes were not kept …]\n\n${tail}`;
}

/** Text has no NUL near its start, and is UTF-8 there but for a character that the sample cuts. */
function isText(bytes: Uint8Array): boolean {
  const sample = bytes.subarray(0, 4096);
  if (sample.includes(0)) return false;
  const text = new TextDecoder().decode(sample);
  const broken = text.split("\uFFFD").length - 1;
  return broken <= 3;
}
