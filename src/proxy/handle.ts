/** @module A request's way through the proxy process: door, route, then ourselves or an upstream. */

import { ProxyError, type ErrorCode } from "../domain/error.ts";
import { findErrorFamily, toErrorResponse } from "../provider/error-body.ts";
import type { Door } from "./door.ts";
import type { ExchangeRunner } from "./exchange.ts";
import type { OwnSurface } from "./own.ts";
import type { ClientConnections } from "./respond.ts";
import { findRoute, type RouteTable } from "./route.ts";

export type HandlerOptions = {
  readonly door: Door;
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

/** As `Bun.serve` calls it, with itself. */
export type Handler = (request: Request, connections?: ClientConnections) => Response | Promise<Response>;

/** The function behind every listener. Never rejects. */
export function createHandler(options: HandlerOptions): Handler {
  const { door, routes, runner, own } = options;
  return (request, connections) => {
    const { path, query } = parseTarget(request.url);
    const refusal = options.isStopping?.() === true ? refuseAtEnd(path) : door.check(request, path);
    if (refusal !== undefined) {
      options.onRefused(refusal.code);
      const extra: Record<string, string> = refusal.code === "shutting_down" ? { connection: "close" } : {};
      return toErrorResponse(refusal, findErrorFamily(path, "openai"), extra);
    }
    const route = findRoute(routes(), path, request.headers);
    switch (route.kind) {
      case "forward":
        return runner.run(request, route, query, connections);
      case "own":
        return own.answer(request, route.owner, path, query);
      case "refuse":
        options.onRefused(route.error.code);
        return toErrorResponse(route.error, findErrorFamily(path, route.family));
    }
  };
}

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
