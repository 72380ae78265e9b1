/** @module Frames of the AWS event stream, as Bedrock sends them, made from headers and payload. */

import { concatBytes, toBytes } from "./bytes.ts";

/** One frame with string headers and right checksums. Source: AWS "vnd.amazon.eventstream" message format. */
export function toEventStreamFrame(
  headers: readonly (readonly [name: string, value: string])[],
  payload: string | Uint8Array,
): Uint8Array {
  const fields = concatBytes(headers.map(([name, value]) => toField(name, value)));
  const content = toBytes(payload);
  const totalBytes = 16 + fields.length + content.length;
  const frame = new Uint8Array(totalBytes);
  const view = new DataView(frame.buffer);
  view.setUint32(0, totalBytes);
  view.setUint32(4, fields.length);
  view.setUint32(8, Bun.hash.crc32(frame.subarray(0, 8)));
  frame.set(fields, 12);
  frame.set(content, 12 + fields.length);
  view.setUint32(totalBytes - 4, Bun.hash.crc32(frame.subarray(0, totalBytes - 4)));
  return frame;
}

const STRING_FIELD = 7;

function toField(name: string, value: string): Uint8Array {
  const nameBytes = toBytes(name);
  const valueBytes = toBytes(value);
  const field = new Uint8Array(1 + nameBytes.length + 3 + valueBytes.length);
  field[0] = nameBytes.length;
  field.set(nameBytes, 1);
  field[1 + nameBytes.length] = STRING_FIELD;
  new DataView(field.buffer).setUint16(2 + nameBytes.length, valueBytes.length);
  field.set(valueBytes, 4 + nameBytes.length);
  return field;
}
