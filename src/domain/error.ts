/** @module The closed list of our own errors: code, blame, status and what to do. docs/errors.md is held against it. */

export type ErrorSource = "client" | "upstream" | "proxy";

type ErrorFacts = {
  readonly status: number;
  readonly source: ErrorSource;
  readonly retryable: boolean;
  /** What the person reading it should do. */
  readonly hint: string;
};

export const ERROR_CODES = {
  unknown_provider: {
    status: 404,
    source: "client",
    retryable: false,
    hint: "Use one of the providers listed, or add your own under [providers.<id>].",
  },
  unknown_path: {
    status: 404,
    source: "client",
    retryable: false,
    hint: "Put a provider in front of the path, as in /openai/v1/chat/completions.",
  },
  upstream_not_configured: {
    status: 502,
    source: "proxy",
    retryable: false,
    hint: "Set base_url for this provider in config.toml or the environment.",
  },
  credential_missing: {
    status: 502,
    source: "proxy",
    retryable: false,
    hint: "Set the variable or file that [providers.<id>.auth] names, then reload or restart modeltap.",
  },
  key_required: {
    status: 401,
    source: "client",
    retryable: false,
    hint: "Send a managed key as Authorization: Bearer; modeltap keys create NAME makes one.",
  },
  key_invalid: {
    status: 401,
    source: "client",
    retryable: false,
    hint: "Send a managed key that is valid as Authorization: Bearer; modeltap keys list shows which there are.",
  },
  provider_not_allowed: {
    status: 403,
    source: "client",
    retryable: false,
    hint: "Ask for another provider, or add this one to the list of the managed key.",
  },
  model_not_allowed: {
    status: 403,
    source: "client",
    retryable: false,
    hint: "Ask for another model, or add this one to the list of the managed key.",
  },
  rate_limited: {
    status: 429,
    source: "client",
    retryable: true,
    hint: "Wait for as long as Retry-After says, or raise the limit of the managed key or client_limits.",
  },
  host_not_allowed: {
    status: 421,
    source: "client",
    retryable: false,
    hint: "Call the proxy by a loopback name, or add the name to allowed_hosts.",
  },
  origin_not_allowed: {
    status: 403,
    source: "client",
    retryable: false,
    hint: "Add the page's origin to allowed_origins if you trust it.",
  },
  peer_not_allowed: {
    status: 403,
    source: "client",
    retryable: false,
    hint: "Call from the machine modeltap runs on, or see admin_hosts in docs/security.md.",
  },
  admin_required: {
    status: 403,
    source: "client",
    retryable: false,
    hint: "Send the admin token as x-admin-token or Authorization: Bearer, or log in at /admin/login.",
  },
  csrf_required: {
    status: 403,
    source: "client",
    retryable: false,
    hint: "Send the field x-csrf: 1 with changes that use a session.",
  },
  login_not_configured: {
    status: 403,
    source: "proxy",
    retryable: false,
    hint: "Set dashboard.password_hash; modeltap password makes one.",
  },
  login_failed: { status: 401, source: "client", retryable: false, hint: "Check the password." },
  login_limited: {
    status: 429,
    source: "client",
    retryable: true,
    hint: "Wait for as long as Retry-After says; see dashboard.login_attempts.",
  },
  json_required: {
    status: 415,
    source: "client",
    retryable: false,
    hint: "Send changes with content-type: application/json.",
  },
  websocket_unsupported: {
    status: 426,
    source: "proxy",
    retryable: false,
    hint: "Use plain HTTP on the same path; clients fall back to it by themselves.",
  },
  request_too_large: { status: 413, source: "client", retryable: false, hint: "Send less, or raise max_held_body." },
  request_body_unsupported: {
    status: 400,
    source: "client",
    retryable: false,
    hint: "GET and HEAD requests cannot carry a body through this proxy.",
  },
  request_timeout: {
    status: 408,
    source: "client",
    retryable: true,
    hint: "Nothing of the request came for timeouts.idle; send its body without such a pause.",
  },
  request_aborted: { status: 499, source: "client", retryable: false, hint: "The client closed the connection." },
  overloaded: {
    status: 503,
    source: "proxy",
    retryable: true,
    hint: "Too many large bodies are in flight; try again, or raise body_memory.",
  },
  upstream_connect_failed: {
    status: 502,
    source: "upstream",
    retryable: true,
    hint: "Check that the base URL is right and reachable from this machine.",
  },
  upstream_connect_timeout: {
    status: 504,
    source: "upstream",
    retryable: true,
    hint: "The upstream did not accept a connection in time; see timeouts.connect.",
  },
  upstream_tls_failed: {
    status: 502,
    source: "upstream",
    retryable: false,
    hint: "The upstream's certificate was not accepted; add its CA with ca_file.",
  },
  upstream_first_byte_timeout: {
    status: 504,
    source: "upstream",
    retryable: true,
    hint: "The upstream accepted the request but did not answer in time; see timeouts.first_byte and timeouts.stream_first_byte.",
  },
  upstream_idle_timeout: {
    status: 504,
    source: "upstream",
    retryable: true,
    hint: "The upstream stopped sending; see timeouts.idle.",
  },
  upstream_total_timeout: {
    status: 504,
    source: "upstream",
    retryable: true,
    hint: "The upstream did not finish its answer in time; see timeouts.total and timeouts.stream_total.",
  },
  upstream_disconnected: {
    status: 502,
    source: "upstream",
    retryable: true,
    hint: "The upstream closed the connection before its answer was complete.",
  },
  upstream_invalid_response: {
    status: 502,
    source: "upstream",
    retryable: true,
    hint: "The upstream's answer was not valid HTTP.",
  },
  circuit_open: {
    status: 503,
    source: "upstream",
    retryable: true,
    hint: "This upstream failed several times in a row and rests; try again after Retry-After, or reset its breaker.",
  },
  api_unavailable: {
    status: 503,
    source: "proxy",
    retryable: true,
    hint: "The pages and statistics are starting again; traffic is not affected.",
  },
  shutting_down: { status: 503, source: "proxy", retryable: true, hint: "modeltap is stopping; try again." },
  internal: {
    status: 500,
    source: "proxy",
    retryable: false,
    hint: "This is a fault of modeltap; please report it with the log line.",
  },
} as const satisfies Record<string, ErrorFacts>;

export type ErrorCode = keyof typeof ERROR_CODES;

/** An error of our own, on its way to the client and the record. Messages never hold secrets. */
export class ProxyError extends Error {
  readonly code: ErrorCode;
  readonly source: ErrorSource;
  readonly status: number;
  readonly retryable: boolean;

  /** Sent as `retry-after`. */
  readonly retryAfterSeconds: number | undefined;

  constructor(code: ErrorCode, message: string, options?: { cause?: unknown; retryAfterSeconds?: number }) {
    super(message, options);
    this.name = "ProxyError";
    const facts: ErrorFacts = ERROR_CODES[code];
    this.code = code;
    this.retryAfterSeconds = options?.retryAfterSeconds;
    this.source = facts.source;
    this.status = facts.status;
    this.retryable = facts.retryable;
  }

  get hint(): string {
    return ERROR_CODES[this.code].hint;
  }
}
