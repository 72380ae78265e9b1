/** @module Secrets are masked before they are kept: by field name, and by the look of the value. */

/** Longest value whose last characters would give too much of it away: below this nothing of it is shown. */
const HINT_MIN_LENGTH = 24;

const SECRET_NAMES: ReadonlySet<string> = new Set([
  "authorization",
  "proxy-authorization",
  "cookie",
  "set-cookie",
  "x-api-key",
  "api-key",
  "apikey",
  "x-goog-api-key",
  "x-amz-security-token",
  "x-admin-token",
  "x-proxy-key",
  "sec-websocket-protocol",
  "key",
  "access_token",
  "refresh_token",
  "id_token",
  "token",
  "api_key",
  "client_secret",
  "password",
  "signature",
  "x-amz-signature",
  "x-amz-credential",
  "sig",
]);

const SECRET_NAME =
  /api[-_]?key|(?:^|[-_.])(?:access|auth|subscription|functions|litellm|private|session|refresh|security|admin|proxy|bearer|csrf|xsrf)[-_]?(?:key|token)$|^accesskey$|secret|^x-.*auth|^x-.*-token$|^x-token$|authorization$|^authentication$|^auth$|^x-goog-signature$|passw|^pwd$|credential|(?:^|[-_])jwt|^(?:x-)?bearer$|^session$/;
const NEVER_SECRET =
  /ratelimit|rate-limit|token-count|-tokens|_tokens|^idempotency-key$|^x-request-id$|^x-client-request-id$|^sec-websocket-key$/;

/** Kinds of credential known by the look of their text, most telling prefix first. */
const CREDENTIAL =
  /\b(sk-ant-[a-z]*\d*-?|sk-proj-|sk-or-v1-|sk-svcacct-|sk-admin-|sk-|pk-lf-|gsk_|xai-|nvapi-|hf_|r8_|AIza|ya29\.|AKIA|ASIA|ghp_|gho_|ghs_|ghu_|github_pat_|mt_|glpat-|xox[abprs]-|pplx-|fw_|tgp_v1_|csk-|voy-|eyJ)[A-Za-z0-9_\-.=+/]{12,}/g;
const SCHEME = /^(Bearer|Basic|Digest|Token|Negotiate|AWS4-HMAC-SHA256|ApiKey|Key)\s+/i;
/** What follows `?` or `#`, up to where a URL ends in a field. */
const URL_PARAMETERS = /([?#])([^\s?#<>"]+)/;
const CREDENTIAL_HINT = /sk-|pk-|_|xai-|nvapi-|AIza|ya29|AKIA|ASIA|glpat-|xox|pplx-|csk-|voy-|eyJ|earer |asic /;

/** True when a field or query parameter of this name holds a secret. `name` is lower-case. */
export function isSecretName(name: string): boolean {
  let known = nameVerdicts.get(name);
  if (known === undefined) {
    known = SECRET_NAMES.has(name) || (SECRET_NAME.test(name) && !NEVER_SECRET.test(name));
    // Names come from clients: the memory of verdicts is bounded by starting over.
    if (nameVerdicts.size >= 2000) nameVerdicts.clear();
    nameVerdicts.set(name, known);
  }
  return known;
}

/** The value as it may be kept. Cost: one set look-up and one cheap test for plain values. */
export function maskHeader(name: string, value: string): string {
  if (value === "") return value;
  if (name === "cookie" || name === "set-cookie") return maskCookie(name, value);
  if (name === "sec-websocket-protocol") return maskProtocols(value);
  if (isSecretName(name)) return maskSecret(value);
  const masked = CREDENTIAL_HINT.test(value) ? maskCredentials(value) : value;
  return masked.includes("=") && URL_PARAMETERS.test(masked) ? maskUrlParameters(masked) : masked;
}

/** `Location`, `Referer`, `Link` and kin carry URLs, whose queries and fragments hold secrets by name. */
function maskUrlParameters(value: string): string {
  return value.replaceAll(new RegExp(URL_PARAMETERS, "g"), (_, mark: string, query: string) => mark + maskQuery(query));
}

/** Query text without `?`, with the values of secret parameters masked; percent-encoding of the rest is kept. */
export function maskQuery(query: string): string {
  if (query === "") return query;
  let changed = false;
  const parts = query.split("&").map((part) => {
    const at = part.indexOf("=");
    if (at === -1) return maskedIfChanged(part);
    const name = decode(part.slice(0, at)).toLowerCase().replace(/\[\]$/, "");
    const value = part.slice(at + 1);
    if (value === "") return part;
    if (isSecretName(name)) {
      changed = true;
      return `${part.slice(0, at)}=${encodeURIComponent(maskSecret(decode(value)))}`;
    }
    return maskedIfChanged(part);
  });
  return changed ? parts.join("&") : query;

  function maskedIfChanged(part: string): string {
    const plain = decode(part);
    const masked = maskCredentials(plain);
    if (masked === plain) return part;
    changed = true;
    return encodeURIComponent(masked).replace("%3D", "=");
  }
}

/** Replaces whatever looks like a known credential inside a text. */
export function maskCredentials(text: string): string {
  return text
    .replace(CREDENTIAL, (found) => maskSecret(found))
    .replace(/\b(Bearer|Basic)\s+([A-Za-z0-9_\-.=+/~]{8,})/gi, (_, scheme: string, secret: string) =>
      secret.includes("…") ? `${scheme} ${secret}` : `${scheme} ${maskSecret(secret)}`,
    );
}

/** A secret as its kind and last 4 characters; nothing but the kind when it is shorter than 24. */
export function maskSecret(value: string): string {
  const scheme = SCHEME.exec(value)?.[0] ?? "";
  const secret = value.slice(scheme.length);
  const kind = secretKind(secret);
  const hint = secret.length >= HINT_MIN_LENGTH ? secret.slice(-4) : "";
  return `${scheme.trimEnd()}${scheme === "" ? "" : " "}${kind}…${hint}`;
}

function secretKind(secret: string): string {
  CREDENTIAL.lastIndex = 0;
  const found = CREDENTIAL.exec(secret);
  CREDENTIAL.lastIndex = 0;
  if (found?.index !== 0) return "";
  return found[1] === "eyJ" ? "jwt:" : (found[1] ?? "");
}

function maskCookie(name: string, value: string): string {
  const parts = value.split(";");
  // Attributes of Set-Cookie (Path, Max-Age…) are no secrets; every pair of Cookie is.
  const secretParts = name === "set-cookie" ? 1 : parts.length;
  return parts
    .map((part, index) => {
      const at = part.indexOf("=");
      if (index >= secretParts) return part;
      return at === -1 ? "…" : `${part.slice(0, at)}=…`;
    })
    .join(";");
}

function maskProtocols(value: string): string {
  return value
    .split(",")
    .map((part) => {
      const protocol = part.trim();
      const key = /^(.*?(?:api-?key|proxy-key|bearer|token)[-.])(.+)$/i.exec(protocol);
      if (key) return `${key[1]}${maskSecret(key[2] ?? "")}`;
      return maskCredentials(protocol);
    })
    .join(", ");
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text.replaceAll("+", " "));
  } catch {
    return text;
  }
}

const nameVerdicts = new Map<string, boolean>();
