/** @module A request's way through the proxy process: door, route, then ourselves or an upstream. */

import { ProxyError, type ErrorCode } from "../domain/error.ts";
import { findErrorFamily, toErrorResponse } from "../provider/error-body.ts";
import { holdsKeyInPath } from "../domain/key.ts";
import type { ProviderFamily } from "../provider/provider.ts";
import type { Admit } from "./admit.ts";
import type { Door } from "./door.ts";
import type { ExchangeRunner } from "./exchange.ts";
import type { OwnSurface } from "./own.ts";
import type { Limits } from "./limits.ts";
import type { OwnDoor } from "./own-door.ts";
import { LOOPBACK_PEER, type Peer } from "./peer.ts";
import { listFields } from "./request-head.ts";
import type { ClientConnections } from "./respond.ts";
import { findRoute, type RouteTable } from "./route.ts";

export type HandlerOptions = {
  readonly door: Door;
  readonly admit: Admit;
  readonly ownDoor: OwnDoor;
  readonly limits: Limits;
  /** The snapshot of this moment: a reload gives another, requests in flight keep theirs. */
  readonly routes: () => RouteTable;
  readonly runner: ExchangeRunner;
  readonly own: OwnSurface;
  /** Refusals that never become a row are counted instead. */
  readonly onRefused: (code: ErrorCode) => void;
  /** From then on only health is told: kept connections are sent away. */
  readonly isStopping?: () => boolean;
};

export type RequestTarget = { readonly path: string; readonly query: string };

/** As `Bun.serve` calls it, with itself; without a peer it is one that only this machine can reach. */
export type Handler = (request: Request, connections?: ClientConnections, peer?: Peer) => Response | Promise<Response>;

/** The function behind every listener. Never rejects. */
export function createHandler(options: HandlerOptions): Handler {
  const { door, admit, ownDoor, limits, routes, runner, own } = options;

  function refuse(error: ProxyError, path: string, family: ProviderFamily): Response {
    options.onRefused(error.code);
    const extra: Record<string, string> = error.code === "shutting_down" ? { connection: "close" } : {};
    return toErrorResponse(error, findErrorFamily(path, family), extra);
  }

  return (request, connections, peer = LOOPBACK_PEER) => {
    const { path, query } = parseTarget(request.url);
    const refusal = (options.isStopping?.() === true ? refuseAtEnd(path) : undefined) ?? door.check(request, path);
    if (refusal !== undefined) return refuse(refusal, path, "openai");
    const route = findRoute(routes(), path, request.headers);
    if (route.kind === "own") {
      const access = ownDoor.check(request, path, peer);
      if (access instanceof ProxyError) return refuse(access, path, "openai");
      return own.answer(request, route.owner, path, query, { access, peer });
    }
    const family = route.kind === "forward" ? route.upstream.family : route.family;
    // Also before a refusal: what is served here is nobody's business without a key.
    const caller = admit(request.headers, query, peer, path);
    if (caller instanceof ProxyError) return refuse(caller, path, family);
    if (holdsKeyInPath(path)) return refuse(KEY_IN_PATH, path, family);
    if (route.kind === "refuse") return refuse(route.error, path, family);
    const fields = listFields(request.headers);
    const limited = limits.admit(caller, { headers: request.headers, fields, query });
    if (limited instanceof ProxyError) return refuse(limited, path, family);
    return runner.run(request, route, { query, fields, caller: limited, connections });
  };
}

/** It could be taken out nowhere: what is left of the path would mean something else. */
const KEY_IN_PATH = new ProxyError("key_invalid", "There is a managed key in the path, where a provider would see it.");

function refuseAtEnd(path: string): ProxyError | undefined {
  return path.startsWith("/health") ? undefined : new ProxyError("shutting_down", "modeltap is stopping.");
}

/** Path and query (with its `?`) of the server's URL text, which is normalised already; the fragment is no part of it. */
export function parseTarget(url: string): RequestTarget {
  const authority = url.indexOf("://");
  const start = authority === -1 ? 0 : url.indexOf("/", authority + 3);
  if (start === -1) return { path: "/", query: "" };
  const hash = url.indexOf("#", start);
  const end = hash === -1 ? url.length : hash;
  const mark = url.indexOf("?", start);
  const pathEnd = mark === -1 || mark > end ? end : mark;
  const path = url.slice(start, pathEnd);
  return { path: path.startsWith("/") ? path : `/${path}`, query: url.slice(pathEnd, end) };
}
