/** @module Which header fields belong to one connection only (RFC 9110 §7.6.1) and never cross the proxy. */

const HOP_BY_HOP: ReadonlySet<string> = new Set([
  "connection",
  "keep-alive",
  "proxy-connection",
  "proxy-authenticate",
  "proxy-authorization",
  "te",
  "trailer",
  "transfer-encoding",
  "upgrade",
]);

/** True for fields that concern a single connection. `name` is lower-case. */
export function isHopByHop(name: string): boolean {
  return HOP_BY_HOP.has(name);
}

/** Further field names that a `Connection` value declares hop-by-hop; undefined for the common values. */
export function parseConnectionNames(value: string | null | undefined): ReadonlySet<string> | undefined {
  if (value === null || value === undefined || value === "keep-alive" || value === "close") return undefined;
  const names = value
    .toLowerCase()
    .split(",")
    .map((name) => name.trim())
    .filter((name) => name !== "" && name !== "close" && name !== "keep-alive" && !UNREMOVABLE.has(name));
  return names.length === 0 ? undefined : new Set(names);
}

/** Fields that a hostile `Connection` value must not be able to take out of a request. */
const UNREMOVABLE: ReadonlySet<string> = new Set(["host", "content-length", "content-type", "authorization"]);

/** Media type of a content-type value: lower-case, without parameters. */
export function parseMediaType(value: string | null | undefined): string | undefined {
  if (value === null || value === undefined) return undefined;
  const end = value.indexOf(";");
  const type = (end === -1 ? value : value.slice(0, end)).trim().toLowerCase();
  return type === "" ? undefined : type;
}
