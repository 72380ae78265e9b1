/** @module What a failure of `fetch` means: which of our error codes it is, and whose fault. */

import { ProxyError, type ErrorCode } from "../domain/error.ts";

const CONNECT = new Set([
  "ECONNREFUSED",
  "ENOTFOUND",
  "EHOSTUNREACH",
  "ENETUNREACH",
  "EAI_AGAIN",
  "EADDRNOTAVAIL",
  "ConnectionRefused",
  "FailedToOpenSocket",
  "DNSException",
  "ENETDOWN",
]);
const CONNECT_TIMEOUT = new Set(["ETIMEDOUT", "ConnectTimeout", "Timeout"]);
const DISCONNECTED = new Set(["ECONNRESET", "EPIPE", "ConnectionClosed", "ECONNABORTED"]);
const TLS = /CERT|SELF_SIGNED|SIGNATURE|ISSUER|EPROTO|TLS|SSL|HOSTNAME_MISMATCH|ALTNAME/i;
const INVALID = /HTTP|Header|Malformed|Invalid|Parse|Chunk|TooManyRedirects|Status|UnrequestedUpgrade/i;

/** Codes as thrown by Bun 1.4.5 (tried against a scripted upstream), Node's spelling included. */
export function toUpstreamError(failure: unknown, origin: string): ProxyError {
  const code = codeOf(failure);
  const [mapped, message] = describe(code, origin);
  return new ProxyError(mapped, message, { cause: failure });
}

/** True for a failure before any byte of the request can have left: no name, no route, no connection. */
export function wasNeverSent({ code, cause }: ProxyError): boolean {
  return code === "upstream_connect_failed" && CONNECT.has(codeOf(cause));
}

function describe(code: string, origin: string): [ErrorCode, string] {
  if (CONNECT.has(code)) return ["upstream_connect_failed", `No connection to ${origin} (${code}).`];
  if (CONNECT_TIMEOUT.has(code)) return ["upstream_connect_timeout", `Connecting to ${origin} timed out.`];
  if (DISCONNECTED.has(code)) return ["upstream_disconnected", `${origin} closed the connection before it answered.`];
  if (TLS.test(code)) return ["upstream_tls_failed", `TLS with ${origin} failed (${code}).`];
  if (INVALID.test(code)) return ["upstream_invalid_response", `${origin} did not answer in valid HTTP (${code}).`];
  // Unknown, so it is not known either that nothing was sent.
  return ["upstream_disconnected", `The request to ${origin} failed (${code}).`];
}

function codeOf(failure: unknown): string {
  if (typeof failure === "object" && failure !== null) {
    const code: unknown = Reflect.get(failure, "code");
    if (typeof code === "string" && code !== "") return code;
    const name: unknown = Reflect.get(failure, "name");
    if (typeof name === "string") return name;
  }
  return "unknown";
}
