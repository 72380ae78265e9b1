/** @module Our own errors in the shape that a client of each wire family can read. */

import type { ProxyError } from "../domain/error.ts";
import { SECURITY_HEADERS } from "../http/security-headers.ts";
import type { ProviderFamily } from "./provider.ts";

/** Body and headers of one of our errors. The code is stable and documented in docs/errors.md. */
export function toErrorResponse(
  error: ProxyError,
  family: ProviderFamily,
  extra: Record<string, string> = {},
): Response {
  return new Response(JSON.stringify(toErrorBody(error, family)), {
    status: error.status,
    headers: {
      ...SECURITY_HEADERS,
      "content-type": "application/json",
      "cache-control": "no-store",
      "x-modeltap-error": error.code,
      ...(error.retryAfterSeconds === undefined ? {} : { "retry-after": String(error.retryAfterSeconds) }),
      ...extra,
    },
  });
}

/** The error as a JSON value. Shapes: API references of OpenAI, Anthropic, Google, Ollama, AWS and Cohere, 2026-11-21. */
export function toErrorBody(error: ProxyError, family: ProviderFamily): unknown {
  const message = `modeltap: ${error.message} ${error.hint}`;
  switch (family) {
    case "anthropic":
      return { type: "error", error: { type: anthropicType(error.status), message, code: error.code } };
    case "gemini":
      return { error: { code: error.status, message, status: googleStatus(error.status), details: [] } };
    case "ollama":
      return { error: message, code: error.code };
    case "bedrock":
    case "cohere":
      return { message, code: error.code };
    case "openai":
      return { error: { message, type: openaiType(error.status), param: null, code: error.code } };
  }
}

/** The family whose clients use this path, whatever the provider's main one is. */
export function findErrorFamily(path: string, fallback: ProviderFamily): ProviderFamily {
  if (path.includes("/messages")) return fallback === "openai" && !path.endsWith("/messages") ? fallback : "anthropic";
  if (path.includes(":generateContent") || path.includes(":streamGenerateContent")) return "gemini";
  if (path.includes("/chat/completions") || path.endsWith("/responses")) return "openai";
  return fallback;
}

function openaiType(status: number): string {
  if (status === 429) return "rate_limit_error";
  return status < 500 ? "invalid_request_error" : "api_error";
}

function anthropicType(status: number): string {
  switch (status) {
    case 401:
      return "authentication_error";
    case 403:
      return "permission_error";
    case 404:
      return "not_found_error";
    case 413:
      return "request_too_large";
    case 429:
      return "rate_limit_error";
    case 503:
      return "overloaded_error";
    case 504:
      return "timeout_error";
    default:
      return status < 500 ? "invalid_request_error" : "api_error";
  }
}

function googleStatus(status: number): string {
  switch (status) {
    case 400:
    case 413:
    case 415:
      return "INVALID_ARGUMENT";
    case 401:
      return "UNAUTHENTICATED";
    case 403:
      return "PERMISSION_DENIED";
    case 404:
      return "NOT_FOUND";
    case 429:
      return "RESOURCE_EXHAUSTED";
    case 504:
      return "DEADLINE_EXCEEDED";
    case 502:
    case 503:
      return "UNAVAILABLE";
    default:
      return status < 500 ? "FAILED_PRECONDITION" : "INTERNAL";
  }
}
