/** @module Whether a 400 complains about the usage option that we, not the client, asked for. */

import { ProxyError } from "../domain/error.ts";

/** Largest error body that is read to see it. */
const REFUSAL_BYTES = 64 * 1024;

/** An answer that is no such complaint comes back as one that can be passed on. */
export async function readUsageOptionRefusal(
  answer: Response,
): Promise<{ refused: true } | { refused: false; answer: Response }> {
  const length = Number(answer.headers.get("content-length") ?? "0");
  if (length > REFUSAL_BYTES || isEncoded(answer.headers)) return { refused: false, answer };
  let body: Uint8Array<ArrayBuffer>;
  try {
    body = await answer.bytes();
  } catch (cause) {
    throw new ProxyError("upstream_disconnected", "The upstream broke off in the middle of an error answer.", {
      cause,
    });
  }
  const text = new TextDecoder().decode(body.subarray(0, REFUSAL_BYTES));
  if (text.includes("stream_options") || text.includes("include_usage")) return { refused: true };
  return { refused: false, answer: new Response(body, { status: answer.status, headers: answer.headers }) };
}

/** True for an answer whose bytes cannot be read as they pass. */
export function isEncoded(headers: Headers): boolean {
  const encoding = headers.get("content-encoding");
  return encoding !== null && encoding.toLowerCase() !== "identity";
}
