/** @module The door: refuses names and pages that have no business here, before anything else is looked at. */

import { isIP } from "node:net";

import { ProxyError } from "../domain/error.ts";

export type Door = {
  /** The refusal, or undefined when the request may come in. */
  check(request: Request, path: string): ProxyError | undefined;
};

export type DoorOptions = {
  /** Names (without port) beside the loopback ones under which we may be called. */
  readonly allowedHosts: readonly string[];
  /** We listen on all addresses of this machine: any address is a name of ours. A rebound name never is one. */
  readonly takesAddresses?: boolean;
  /** Origins of pages that may call us; `*` opens the forwarding surfaces to any page. */
  readonly allowedOrigins: readonly string[];
  /** True when the path is one of our own, where a page of ours is always welcome. */
  readonly isOwnPath: (path: string) => boolean;
};

/**
 * A browser is known by `Origin` (never by `sec-fetch-mode: cors`, which Node's fetch sends too); DNS rebinding is known by a
 * `Host` that is none of ours. Changes to our own state need a JSON content type, which no plain form can send.
 */
export function createDoor(options: DoorOptions): Door {
  const hosts = new Set(options.allowedHosts.map((host) => host.toLowerCase()));
  const origins = new Set(options.allowedOrigins.map((origin) => origin.toLowerCase().replace(/\/$/, "")));
  const hostVerdicts = new Map<string, boolean>();

  function isKnownHost(host: string): boolean {
    let known = hostVerdicts.get(host);
    if (known === undefined) {
      const name = toHostName(host);
      known = isLoopbackName(name) || hosts.has(name) || hosts.has(host.toLowerCase());
      known ||= options.takesAddresses === true && isIP(name) !== 0;
      if (hostVerdicts.size >= 200) hostVerdicts.clear();
      hostVerdicts.set(host, known);
    }
    return known;
  }

  function isKnownOrigin(origin: string, host: string | null, ownPath: boolean): boolean {
    const lower = origin.toLowerCase();
    if (origins.has(lower) || (!ownPath && origins.has("*"))) return true;
    // Our own pages: same host and port as the request itself, whose Host has been checked.
    if (host !== null && (lower === `http://${host.toLowerCase()}` || lower === `https://${host.toLowerCase()}`))
      return true;
    // Desktop shells (VS Code webviews, Electron and Tauri applications) have origins no web page can take.
    return !ownPath && DESKTOP_ORIGIN.test(lower);
  }

  return {
    check(request, path) {
      const host = request.headers.get("host");
      if (host !== null && !isKnownHost(host)) {
        return new ProxyError("host_not_allowed", "The Host of this request is none of modeltap's names.");
      }
      const origin = request.headers.get("origin");
      const ownPath = (origin !== null || request.method !== "GET") && options.isOwnPath(path);
      if (origin !== null && !isKnownOrigin(origin, host, ownPath)) {
        return new ProxyError("origin_not_allowed", "A web page of another origin may not call modeltap.");
      }
      const isRead = request.method === "GET" || request.method === "HEAD";
      if (isRead && isPagesWish(request.headers) && !options.isOwnPath(path)) {
        return new ProxyError("origin_not_allowed", "A web page led a browser here, where an upstream would answer.");
      }
      if (ownPath && !SAFE_METHODS.has(request.method)) {
        const type = request.headers.get("content-type") ?? "";
        if (!/^application\/json\s*(?:;|$)/i.test(type)) {
          return new ProxyError("json_required", "Changes must be sent as JSON.");
        }
      }
      return undefined;
    },
  };
}

/**
 * A page that an upstream answers would run with the rights of our own pages; an image or a script of a page elsewhere
 * cannot be read there, but would be asked for with the upstream's own credential, and names no `Origin`. Only browsers
 * navigate, frames included, or fetch without CORS; `none` is a person's own wish: typed, or from a bookmark.
 */
function isPagesWish(headers: Headers): boolean {
  const mode = headers.get("sec-fetch-mode");
  return (mode === "navigate" || mode === "no-cors") && headers.get("sec-fetch-site") !== "none";
}

/** True for the names of this machine's loopback: `localhost`, `*.localhost`, 127.0.0.0/8 and ::1. */
export function isLoopbackName(name: string): boolean {
  return (
    name === "localhost" ||
    /^(?:[a-z0-9-]+\.)+localhost$/.test(name) ||
    name === "::1" ||
    /^127\.\d{1,3}\.\d{1,3}\.\d{1,3}$/.test(name)
  );
}

/** Host field without its port and brackets, lower-case. */
export function toHostName(host: string): string {
  const lower = host.toLowerCase();
  if (lower.startsWith("[")) return /^\[([0-9a-f:.]+)\](?::\d+)?$/.exec(lower)?.[1] ?? lower;
  const colon = lower.lastIndexOf(":");
  return colon === -1 ? lower : lower.slice(0, colon);
}

const SAFE_METHODS: ReadonlySet<string> = new Set(["GET", "HEAD", "OPTIONS"]);
const DESKTOP_ORIGIN = /^(?:vscode-webview|vscode-file|app|tauri):\/\//;
