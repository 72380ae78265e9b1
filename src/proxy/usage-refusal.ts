/** @module Whether a 400 complains about the usage option that we, not the client, asked for. */

import { ProxyError } from "../domain/error.ts";

/** Largest error body that is read to see it. */
const REFUSAL_BYTES = 64 * 1024;

/** An answer that is no such complaint comes back as one that can be passed on. Holds 64 KiB and a piece at most. */
export async function readUsageOptionRefusal(
  answer: Response,
): Promise<{ refused: true } | { refused: false; answer: Response }> {
  const { status, headers, body } = answer;
  const length = Number(headers.get("content-length") ?? "0");
  if (length > REFUSAL_BYTES || isEncoded(headers) || body === null) return { refused: false, answer };
  const reader = body.getReader();
  const pieces: Uint8Array[] = [];
  try {
    for (let size = 0; size <= REFUSAL_BYTES; size += pieces.at(-1)?.length ?? 0) {
      const { done, value } = await reader.read();
      if (!done) {
        pieces.push(value);
        continue;
      }
      const whole = Buffer.concat(pieces);
      const text = whole.toString("utf8");
      if (text.includes("stream_options") || text.includes("include_usage")) return { refused: true };
      return { refused: false, answer: new Response(whole, { status, headers }) };
    }
  } catch (cause) {
    throw new ProxyError("upstream_disconnected", "The upstream broke off in the middle of an error answer.", {
      cause,
    });
  }
  return { refused: false, answer: new Response(toStream(pieces, reader), { status, headers }) };
}

function toStream(
  first: readonly Uint8Array[],
  reader: ReadableStreamDefaultReader<Uint8Array>,
): ReadableStream<Uint8Array> {
  const queue = [...first];
  return new ReadableStream<Uint8Array>(
    {
      async pull(controller) {
        const queued = queue.shift();
        const { done, value } = queued === undefined ? await reader.read() : { done: false, value: queued };
        if (value !== undefined) controller.enqueue(value);
        if (done) controller.close();
      },
      async cancel(reason) {
        await reader.cancel(reason);
      },
    },
    { highWaterMark: 0 },
  );
}

/** True for an answer whose bytes cannot be read as they pass. */
export function isEncoded(headers: Headers): boolean {
  const encoding = headers.get("content-encoding");
  return encoding !== null && encoding.toLowerCase() !== "identity";
}
