/** @module Who may reach modeltap itself: pages, statistics and administration. By the connection first, never by fields alone. */

import { createHash, timingSafeEqual } from "node:crypto";
import { BlockList, isIP } from "node:net";

import { ProxyError } from "../domain/error.ts";
import { findForwardedAddress, isRelayed } from "./forwarded.ts";
import { findLoginCookie, type LoginCookies } from "./login-cookie.ts";
import type { Peer } from "./peer.ts";

/** How much is answered: everything, or only that modeltap lives. */
export type OwnAccess = "all" | "status";

export type OwnDoor = {
  check(request: Request, path: string, peer: Peer): OwnAccess | ProxyError;
  /** Address that failed logins are counted by. */
  addressOf(request: Request, peer: Peer): string;
  /** True when the request shows the token or a session, or none is asked for. */
  isAuthenticated(request: Request): boolean;
  /** Cost: one SHA-256. */
  isToken(secret: string): boolean;
};

export type OwnDoorOptions = {
  /** Asked for as `x-admin-token` or bearer. */
  readonly token?: string | undefined;
  /** Password sessions; absent when no password is set. */
  readonly cookies?: LoginCookies | undefined;
  /** Addresses and networks (`192.168.1.0/24`) of other machines that may come, with token or session. */
  readonly hosts?: readonly string[];
  readonly trustsForwarded?: boolean;
};

/** Nothing but loopback, where everything is open. */
export function createOwnDoor(options: OwnDoorOptions = {}): OwnDoor {
  const { cookies } = options;
  const token = options.token === undefined ? undefined : toDigest(options.token);
  const isKnownHost = createHostList(options.hosts ?? []);
  const isGuarded = token !== undefined || cookies !== undefined;

  function isToken(value: string): boolean {
    return token !== undefined && timingSafeEqual(toDigest(value), token);
  }

  function hasSession(request: Request): boolean {
    const cookie = cookies === undefined ? undefined : findLoginCookie(request.headers.get("cookie"));
    return cookie !== undefined && cookies?.isValid(cookie) === true;
  }

  function checkIdentity(request: Request): ProxyError | undefined {
    const shown = findToken(request.headers);
    if (token !== undefined && shown !== undefined) {
      return isToken(shown) ? undefined : new ProxyError("admin_required", "This is not the admin token.");
    }
    if (!hasSession(request)) return new ProxyError("admin_required", "This request has no admin token or session.");
    // A page elsewhere can make a browser send the cookie, but not this field.
    if (SAFE_METHODS.has(request.method) || request.headers.get("x-csrf") === "1") return undefined;
    return new ProxyError("csrf_required", "A change with a session needs the field x-csrf.");
  }

  function checkPeer(headers: Headers, peer: Peer): ProxyError | undefined {
    const relayed = isRelayed(headers);
    if (peer.isLoopback && !relayed) return undefined;
    if (!isGuarded) {
      return refusePeer(
        peer.isLoopback
          ? "This request came through another proxy, and there is no admin token or password."
          : "This request came from another machine, and there is no admin token or password.",
      );
    }
    // What fields say counts only for what a trusted proxy on this machine passes on.
    const address = peer.isLoopback
      ? options.trustsForwarded === true
        ? findForwardedAddress(headers)
        : undefined
      : peer.address;
    return address !== undefined && isKnownHost(address)
      ? undefined
      : refusePeer("This request came from a machine that is not in admin_hosts.");
  }

  return {
    isToken,
    check(request, path, peer) {
      if (path === "/") return "all";
      const isLocal = peer.isLoopback && !isRelayed(request.headers);
      if (HEALTH.test(path)) return isLocal ? "all" : "status";
      if (path === "/ready" || path === "/metrics") {
        if (token === undefined && isLocal) return "all";
        if (token === undefined) return refusePeer("This needs an admin token from another machine.");
        const shown = findToken(request.headers);
        if (shown !== undefined && isToken(shown)) return "all";
        // A page that is logged in shows them, too.
        return isLocal && hasSession(request) ? "all" : new ProxyError("admin_required", "This needs the admin token.");
      }
      const stranger = checkPeer(request.headers, peer);
      if (stranger !== undefined) return stranger;
      if (!isGuarded || LOGIN.test(path) || isPage(request, path)) return "all";
      return checkIdentity(request) ?? "all";
    },
    addressOf(request, peer) {
      // Only a proxy on this machine is believed: another machine could name a new address with each guess.
      const isBelieved = options.trustsForwarded === true && peer.isLoopback;
      return (isBelieved ? findForwardedAddress(request.headers) : undefined) ?? peer.address;
    },
    isAuthenticated(request) {
      if (!isGuarded) return true;
      const shown = findToken(request.headers);
      return token !== undefined && shown !== undefined ? isToken(shown) : hasSession(request);
    },
  };
}

const SAFE_METHODS: ReadonlySet<string> = new Set(["GET", "HEAD", "OPTIONS"]);
const HEALTH = /^\/healthz?(?:\/|$)/;
const LOGIN = /^\/admin\/session(?:\/login|\/logout)?$/;
/** The web application itself holds no data, and it must come up to ask for the password. */
const PAGES =
  /^\/(?:dashboard(?:\/.*)?|assets\/.*|admin(?:\/(?:login|images|search|accounts|(?:requests|sessions|runs|settings)(?:\/[^/]+)?))?)$/;

function isPage({ method }: Request, path: string): boolean {
  return (method === "GET" || method === "HEAD") && PAGES.test(path);
}

function findToken(headers: Headers): string | undefined {
  const own = headers.get("x-admin-token");
  if (own !== null) return own.trim();
  return /^Bearer\s+(.+)$/i.exec(headers.get("authorization") ?? "")?.[1]?.trim();
}

function refusePeer(message: string): ProxyError {
  return new ProxyError("peer_not_allowed", message);
}

/** Of one length whatever the text, so that comparing tells nothing about it. */
function toDigest(text: string): Buffer {
  return createHash("sha256").update(text).digest();
}

/** Texts that are no address or network match nobody. */
function createHostList(hosts: readonly string[]): (address: string) => boolean {
  const list = new BlockList();
  for (const host of hosts) {
    const [address = "", bits] = host.split("/");
    const family = isIP(address);
    if (family === 0) continue;
    const type = family === 4 ? "ipv4" : "ipv6";
    if (bits === undefined) list.addAddress(address, type);
    else list.addSubnet(address, Number(bits), type);
  }
  return (address) => {
    const family = isIP(address);
    return family !== 0 && list.check(address, family === 4 ? "ipv4" : "ipv6");
  };
}
