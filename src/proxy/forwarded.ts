/** @module What a proxy in front of us says about its client; believed only where the configuration trusts it. */

const RELAY_FIELDS = [
  "x-forwarded-for",
  "forwarded",
  "x-forwarded-host",
  "x-forwarded-proto",
  "x-real-ip",
  "cf-connecting-ip",
  "true-client-ip",
  "x-client-ip",
] as const;

/** True when a request came through another proxy: its connection then says nothing about who sent it. */
export function isRelayed(headers: Headers): boolean {
  return RELAY_FIELDS.some((name) => headers.has(name));
}

/**
 * Address of the client as the nearest proxy saw it: the last one of `x-forwarded-for`, since all before it are the
 * client's own words; else `cf-connecting-ip`. Undefined when there is none.
 */
export function findForwardedAddress(headers: Headers): string | undefined {
  const last = headers.get("x-forwarded-for")?.split(",").at(-1)?.trim();
  const found = last || headers.get("cf-connecting-ip")?.trim();
  return found === undefined || found === "" ? undefined : found;
}

/** Whether the client came over HTTPS: `x-forwarded-proto`, then `forwarded`, then `cf-visitor`. */
export function isForwardedHttps(headers: Headers): boolean {
  const proto = headers.get("x-forwarded-proto") ?? /proto="?([a-z]+)/i.exec(headers.get("forwarded") ?? "")?.[1];
  if (proto !== undefined) return proto.split(",").at(-1)?.trim().toLowerCase() === "https";
  return /"scheme"\s*:\s*"https"/i.test(headers.get("cf-visitor") ?? "");
}
