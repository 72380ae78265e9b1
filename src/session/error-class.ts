/** @module Why an exchange failed, in one word for all providers. */

import type { ErrorClass } from "../domain/turn.ts";

export type Failure = {
  readonly state: string;
  readonly endedBy?: string | undefined;
  readonly statusCode?: number | undefined;
  /** Our own code, or the provider's type or code. */
  readonly errorCode?: string | undefined;
  readonly errorMessage?: string | undefined;
  /** The code is one of ours (docs/errors.md). */
  readonly isOwn: boolean;
};

/** First fit wins. `text` is the provider's type and code in lower case; `message` its words. */
const BY_TEXT: readonly { readonly errorClass: ErrorClass; readonly code?: RegExp; readonly message?: RegExp }[] = [
  {
    errorClass: "context_length",
    code: /context_length|context_window|string_above_max|prompt_too_long/,
    message:
      /context (?:length|window|limit)|maximum context|prompt is too long|too many (?:input )?tokens|input is too long|exceeds? the (?:maximum|max|limit).*tokens|token count.*exceeds/,
  },
  {
    errorClass: "quota",
    code: /insufficient_quota|billing|credit|payment|quota_exceeded|usage_limit/,
    message: /credit balance|exceeded your current quota|insufficient (?:funds|balance|credits|quota)/,
  },
  { errorClass: "rate_limit", code: /rate_limit|ratelimit|throttl|too_?many_?requests|resource_exhausted/ },
  { errorClass: "overloaded", code: /overloaded|unavailable|model_not_ready|capacity/ },
  { errorClass: "content_policy", code: /content_policy|content_filter|safety|moderation|prompt_blocked/ },
  {
    errorClass: "authentication",
    code: /authentication|invalid_api_key|unauthenticated|unrecognizedclient|expiredtoken|invalidsignature/,
  },
  { errorClass: "permission", code: /permission|access_?denied|forbidden/ },
  { errorClass: "not_found", code: /not_found|model_not_found|resourcenotfound/ },
  { errorClass: "too_large", code: /too_large/ },
  { errorClass: "timeout", code: /timeout|deadline/ },
  { errorClass: "server_error", code: /server_error|api_error|internal/ },
  {
    errorClass: "invalid_request",
    code: /invalid_request|invalid_argument|validation|bad_request|failed_precondition/,
  },
];

/** Undefined for what went well, and for what its own client gave up. Source of the words: the providers' error pages, read 2026-11. */
export function findErrorClass(failure: Failure): ErrorClass | undefined {
  const { state, endedBy, statusCode, errorCode, errorMessage, isOwn } = failure;
  if (endedBy === "client" && state === "aborted") return undefined;
  if (isOwn) return findOwnClass(errorCode ?? "");
  const isFailed = state === "failed" || state === "interrupted" || (statusCode ?? 0) >= 400 || errorCode !== undefined;
  if (!isFailed) return undefined;
  const code = errorCode?.toLowerCase() ?? "";
  const message = errorMessage?.toLowerCase() ?? "";
  const found = BY_TEXT.find(
    (row) => (code !== "" && row.code?.test(code) === true) || (message !== "" && row.message?.test(message) === true),
  )?.errorClass;
  const byStatus = findStatusClass(statusCode);
  // `invalid_request_error` is also what OpenAI calls a wrong key or an unknown model.
  if (found === undefined || found === "invalid_request") return byStatus ?? found;
  return found;
}

function findStatusClass(statusCode: number | undefined): ErrorClass | undefined {
  if (statusCode === undefined || statusCode < 400) return undefined;
  switch (statusCode) {
    case 401:
      return "authentication";
    case 402:
      return "quota";
    case 403:
      return "permission";
    case 404:
      return "not_found";
    case 408:
    case 504:
      return "timeout";
    case 413:
      return "too_large";
    case 429:
      return "rate_limit";
    case 503:
    case 529:
      return "overloaded";
    default:
      return statusCode >= 500 ? "server_error" : "invalid_request";
  }
}

function findOwnClass(code: string): ErrorClass {
  if (code.endsWith("_timeout")) return "timeout";
  if (code.startsWith("upstream_")) return "connection";
  return code === "overloaded" ? "overloaded" : "refused";
}
