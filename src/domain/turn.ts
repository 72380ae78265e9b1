/** @module What one turn of an agent did, beside its tokens: tools called and answered, why it failed, what is left of limits. */

/** A call the model made in this answer. */
export type ToolCall = { readonly name: string; readonly id?: string };

/** A result that the client gave for the first time in this request; what the history repeats is not told again. */
export type ToolResult = { readonly id?: string; readonly name?: string; readonly isError?: boolean };

/** Why an exchange failed, in one vocabulary for all providers. */
export type ErrorClass =
  | "rate_limit"
  | "quota"
  | "overloaded"
  | "server_error"
  | "context_length"
  | "content_policy"
  | "authentication"
  | "permission"
  | "not_found"
  | "too_large"
  | "invalid_request"
  | "timeout"
  | "connection"
  | "refused";

/** One limit as the provider told it. `reset` is the provider's own text: a moment (RFC 3339, epoch) or a span (`6m0s`). */
export type RateLimit = {
  readonly resource: string;
  readonly limit?: number;
  readonly remaining?: number;
  /** Share that is used up, 0 to 1, where the provider tells only that. */
  readonly utilization?: number;
  readonly reset?: string;
  readonly status?: string;
};

/** `X-Modeltap-Tag-<name>: value`, names in lower case. */
export type Tags = Readonly<Record<string, string>>;
