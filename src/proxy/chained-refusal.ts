/** @module Whether a 503 is the refusal of a breaker further up the line, which says nothing about the machine we talk to. */

import { ProxyError } from "../domain/error.ts";
import { parseMediaType } from "../http/headers.ts";
import { isEncoded } from "./usage-refusal.ts";

/** Such refusals are short. */
const MAX_BYTES = 8 * 1024;
/** Codes of this program and of agent-cli-proxy. */
const CODES: ReadonlySet<unknown> = new Set(["circuit_open", "short-circuit"]);

/** Looks into the body where its head says that it may be one; the answer comes back as one that can be passed on. */
export async function readChainedRefusal(answer: Response): Promise<{ chained: boolean; answer: Response }> {
  const { headers, status } = answer;
  if (headers.get("x-modeltap-error") === "circuit_open") return { chained: true, answer };
  const length = Number(headers.get("content-length") ?? Number.NaN);
  const mayBeOne = length <= MAX_BYTES && !isEncoded(headers);
  if (!mayBeOne || parseMediaType(headers.get("content-type")) !== "application/json")
    return { chained: false, answer };
  let body: Uint8Array<ArrayBuffer>;
  try {
    body = await answer.bytes();
  } catch (cause) {
    throw new ProxyError("upstream_disconnected", "The upstream broke off in the middle of an error answer.", {
      cause,
    });
  }
  return { chained: CODES.has(findCode(body)), answer: new Response(body, { status, headers }) };
}

function findCode(body: Uint8Array): unknown {
  try {
    const value: unknown = JSON.parse(new TextDecoder().decode(body));
    const error: unknown = typeof value === "object" && value !== null ? Reflect.get(value, "error") : undefined;
    return typeof error === "object" && error !== null ? Reflect.get(error, "code") : undefined;
  } catch {
    return undefined;
  }
}
