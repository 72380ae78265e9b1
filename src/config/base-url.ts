/** @module URLs of upstreams and outgoing proxies: what is allowed in them, and their one spelling. */

export type ParsedUrl = { readonly url: string } | { readonly wrong: string };

/** Base URL of an upstream: http(s), no credentials, query or fragment; the trailing slash goes. `wrong` continues "must …". */
export function parseBaseUrl(text: string): ParsedUrl {
  const url = parseHttpUrl(text);
  if (url === undefined) return { wrong: "must be an http:// or https:// URL" };
  if (url.username !== "" || url.password !== "") {
    return { wrong: "must not hold a user name or password: clients send their own credentials" };
  }
  if (url.search !== "" || text.includes("?")) return { wrong: "must not have a query (?…)" };
  if (url.hash !== "" || text.includes("#")) return { wrong: "must not have a fragment (#…)" };
  return { url: url.href.replace(/\/+$/, "") };
}

/** URL of an outgoing proxy; a bare `host:port` is http, credentials are allowed. */
export function parseProxyUrl(text: string): ParsedUrl {
  const url = parseHttpUrl(addHttp(text.trim()));
  return url === undefined
    ? { wrong: "must be the URL of an HTTP proxy, such as http://proxy.example:3128" }
    : { url: url.href };
}

/** `host:port` as `http://host:port`; text that has a scheme is returned as it is. */
export function addHttp(text: string): string {
  return /^[a-z][a-z0-9+.-]*:\/\//i.test(text) ? text : `http://${text}`;
}

/** True when the URL's host is this machine's loopback. */
export function isLoopbackUrl(text: string): boolean {
  const url = parseHttpUrl(text);
  return url !== undefined && isLoopbackHost(url.hostname);
}

/** True for 127.0.0.0/8, ::1 (with or without brackets) and localhost. */
export function isLoopbackHost(host: string): boolean {
  const name = host.toLowerCase().replace(/^\[(.*)\]$/, "$1");
  if (name === "localhost" || name === "::1" || name === "0:0:0:0:0:0:0:1") return true;
  const octets = /^127\.(\d{1,3})\.(\d{1,3})\.(\d{1,3})$/.exec(name);
  return octets !== null && octets.slice(1).every((octet) => Number(octet) <= 255);
}

function parseHttpUrl(text: string): URL | undefined {
  if (!/^https?:\/\/[^/\\]/i.test(text) || !URL.canParse(text)) return undefined;
  const url = new URL(text);
  return url.hostname === "" ? undefined : url;
}
