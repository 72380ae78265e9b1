/** @module What every answer of our own tells browsers; answers of upstreams pass without it. */

/** For what is no page: nothing may be loaded, framed or read across origins. */
export const SECURITY_HEADERS: Readonly<Record<string, string>> = {
  "content-security-policy": "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
  "x-content-type-options": "nosniff",
  "x-frame-options": "DENY",
  "referrer-policy": "no-referrer",
  "permissions-policy": "camera=(), microphone=(), geolocation=()",
  "cross-origin-opener-policy": "same-origin",
  "cross-origin-resource-policy": "same-origin",
  "x-permitted-cross-domain-policies": "none",
};

const HSTS = "max-age=31536000; includeSubDomains";

/**
 * Adds what the answer does not say itself: pages have a policy of their own. HTTPS is demanded for the future only
 * where it was used: on plain HTTP browsers must ignore the field, and behind a liar it would lock people out.
 */
export function secure(answer: Response, isHttps: boolean): Response {
  for (const [name, value] of Object.entries(SECURITY_HEADERS)) {
    if (!answer.headers.has(name)) answer.headers.set(name, value);
  }
  if (isHttps && !answer.headers.has("strict-transport-security")) {
    answer.headers.set("strict-transport-security", HSTS);
  }
  return answer;
}
