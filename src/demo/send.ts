/** @module One request of the demo and how it ended, as its client sees it. */

import type { DemoRequest } from "./client/call.ts";

export type Sent =
  /** The beginning of the answer's text, enough to find a tool call's id in. */
  | { readonly kind: "answer"; readonly text: string }
  /** The client had no patience left, or the demo stops. */
  | { readonly kind: "left" }
  | { readonly kind: "later"; readonly retryAfterMs: number }
  | { readonly kind: "cut" }
  | { readonly kind: "refused" }
  | { readonly kind: "unexpected"; readonly error: Error };

export type SendOptions = {
  readonly proxyUrl: string;
  readonly request: DemoRequest;
  readonly signal: AbortSignal;
  /** The client hangs up after this time; undefined waits for the end. */
  readonly patienceMs: number | undefined;
};

const MOST_KEPT_CHARACTERS = 65_536;

/** Never rejects: every way to end is a value. */
export async function sendRequest({ proxyUrl, request, signal, patienceMs }: SendOptions): Promise<Sent> {
  const leaving = new AbortController();
  const leave = (): void => leaving.abort();
  if (signal.aborted) leave();
  signal.addEventListener("abort", leave, { once: true });
  const timer = patienceMs === undefined ? undefined : setTimeout(leave, patienceMs);
  let hasHead = false;
  try {
    const { method, path, headers, body } = request;
    const response = await fetch(`${proxyUrl}${path}`, {
      method,
      headers: { ...headers },
      ...(body === undefined ? {} : { body }),
      signal: leaving.signal,
      // Clients of the demo come and go, so none leaves a connection behind.
      keepalive: false,
    });
    hasHead = response.ok;
    const text = await readStart(response);
    return toSent(response, request, text);
  } catch (cause) {
    if (leaving.signal.aborted) return { kind: "left" };
    if (hasHead) return { kind: "cut" };
    return { kind: "unexpected", error: new Error(`demo request ${request.path} got no answer`, { cause }) };
  } finally {
    clearTimeout(timer);
    signal.removeEventListener("abort", leave);
  }
}

/** Reads to the end, keeps the beginning. */
async function readStart(response: Response): Promise<string> {
  const decoder = new TextDecoder();
  let text = "";
  for await (const bytes of response.body ?? []) {
    if (text.length < MOST_KEPT_CHARACTERS) text += decoder.decode(bytes, { stream: true });
  }
  return text;
}

function toSent(response: Response, request: DemoRequest, text: string): Sent {
  const { status } = response;
  if (response.ok) return { kind: "answer", text };
  if (status === 429 || status === 503 || status === 529) {
    const seconds = Number(response.headers.get("retry-after"));
    return { kind: "later", retryAfterMs: seconds > 0 ? seconds * 1000 : 1000 };
  }
  if (status === 400 && text.includes("context_length")) return { kind: "refused" };
  const error = new Error(`demo request ${request.path} was answered ${status}: ${text.slice(0, 200)}`);
  return { kind: "unexpected", error };
}
