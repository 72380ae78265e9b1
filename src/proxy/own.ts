/** @module What modeltap itself answers: the root, health, and everything that the api process serves. */

import { secure } from "../http/security-headers.ts";
import { createApiCall } from "./api-call.ts";
import type { BreakerFacts, Breakers } from "./breaker.ts";
import { isLoopbackName, toHostName } from "./door.ts";
import { answerJson, refuseMethod, refuseOwn } from "./own-answer.ts";
import type { OwnAccess } from "./own-door.ts";
import type { Peer } from "./peer.ts";
import type { RouteTable } from "./route.ts";
import { readSimulation, simulateRoute } from "./simulate.ts";

export type OwnSurface = {
  answer(request: Request, owner: Owner, path: string, query: string, visit: Visit): Response | Promise<Response>;
};

/** `problems` is empty when all was taken over; `needsRestart` names keys that differ from those modeltap started with. */
export type Reloaded = { readonly problems: readonly string[]; readonly needsRestart: readonly string[] };

type Owner = "root" | "health" | "breakers" | "simulate" | "reload" | "login" | "api";

/** Who asks, and how much the door lets them see. */
export type Visit = { readonly access: OwnAccess; readonly peer: Peer };

export type OwnSurfaceOptions = {
  /** The routing snapshot of this moment. */
  readonly routes: () => RouteTable;
  readonly breakers: Breakers;
  /** Reads the configuration again; answers what is wrong with it. */
  readonly reload: () => Reloaded;
  readonly version: string;
  readonly apiSocket: string;
  /** `/admin/session` and what is below it. */
  readonly login: (request: Request, path: string, peer: Peer) => Promise<Response>;
  /** How long the api process may say nothing before a call is given up. */
  readonly apiSilenceMs?: number;
  /** Whether the browser came over HTTPS; by the scheme of our own listener if absent. */
  readonly isHttps?: (request: Request) => boolean;
  readonly report: {
    /** State of all parts; `status` is "ok" or "degraded". */
    health(): Health;
    ready(): Promise<Response>;
    metrics(): Response;
  };
};

export type Health = { readonly status: "ok" | "degraded"; readonly [part: string]: unknown };

export function createOwnSurface(options: OwnSurfaceOptions): OwnSurface {
  const callApi = createApiCall({
    socket: options.apiSocket,
    ...(options.apiSilenceMs === undefined ? {} : { silenceMs: options.apiSilenceMs }),
  });

  function answerHealth(request: Request, path: string, access: OwnAccess): Response | Promise<Response> {
    if (!isRead(request)) return refuseMethod(request, READS);
    if (path === "/ready") return options.report.ready();
    if (path === "/metrics") return options.report.metrics();
    const health = options.report.health();
    if (access === "status") return answerJson({ status: health.status });
    switch (path) {
      case "/health":
      case "/healthz":
        return answerJson(health);
      default: {
        const part = path.startsWith("/health/") ? path.slice("/health/".length) : "";
        return Object.hasOwn(health, part) ? answerJson(health[part]) : notFound(path);
      }
    }
  }

  /** `/admin/breakers`, `/admin/breakers/:id`, `POST /admin/breakers/:id/reset`: their state lives in this process. */
  function answerBreakers(request: Request, path: string): Response {
    const [id, action, ...rest] = path.split("/").slice(3).map(decodeSegment);
    if (rest.length > 0 || (action !== undefined && action !== "reset")) return notFound(path);
    if (id !== undefined && action === "reset") {
      if (request.method !== "POST") return refuseMethod(request, ["POST"]);
      return options.breakers.reset(id) ? answerJson({ ok: true, providerId: id }) : noBreaker(id);
    }
    if (!isRead(request)) return refuseMethod(request, READS);
    if (id === undefined || id === "") return answerJson({ breakers: options.breakers.list().map(toBreakerJson) });
    const facts = options.breakers.find(id);
    return facts === undefined ? noBreaker(id) : answerJson(toBreakerJson(facts));
  }

  /** `POST /admin/api/reload`: with a problem everything stays as it was. */
  function answerReload(request: Request): Response {
    if (request.method !== "POST") return refuseMethod(request, ["POST"]);
    const { problems, needsRestart } = options.reload();
    const isDone = problems.length === 0;
    return answerJson({ reloaded: isDone, problems, needs_restart: needsRestart }, isDone ? 200 : 409);
  }

  /** `GET /admin/api/routes/simulate?method=&path=&model=&provider=&header=name:value`: nothing is sent. */
  function answerSimulation(request: Request, query: string): Response {
    if (!isRead(request)) return refuseMethod(request, READS);
    const question = readSimulation(new URLSearchParams(query));
    if (typeof question === "string") return refuseOwn("bad_parameter", question);
    return answerJson(simulateRoute(options.routes(), question));
  }

  function answerRoot(request: Request, { isLoopback }: Peer): Response {
    const wantsPage = request.method === "GET" && (request.headers.get("accept") ?? "").includes("text/html");
    if (wantsPage) return new Response(null, { status: 302, headers: { location: "/dashboard" } });
    if (!isRead(request)) return refuseMethod(request, READS);
    return new Response(
      request.method === "HEAD"
        ? null
        : `modeltap${isLoopback ? ` ${options.version}` : ""}: LLM traffic is forwarded at /<provider>/…, pages are at /dashboard\n`,
      {
        headers: { "content-type": "text/plain; charset=utf-8", "cache-control": "no-store" },
      },
    );
  }

  function route(
    request: Request,
    owner: Owner,
    { path, query, access, peer }: Visit & { readonly path: string; readonly query: string },
  ): Response | Promise<Response> {
    switch (owner) {
      case "root":
        return answerRoot(request, peer);
      case "health":
        return answerHealth(request, path, access);
      case "login":
        return options.login(request, path, peer);
      case "breakers":
        return answerBreakers(request, path);
      case "reload":
        return answerReload(request);
      case "simulate":
        return answerSimulation(request, query);
      case "api":
        return callApi(request, path, query);
    }
  }

  return {
    async answer(request, owner, path, query, visit) {
      const isHttps = options.isHttps?.(request) ?? request.url.startsWith("https:");
      // For a loopback name the demand would hold for every other port of this machine, too.
      const isNamed = !isLoopbackName(toHostName(request.headers.get("host") ?? "localhost"));
      return secure(await route(request, owner, { path, query, ...visit }), isHttps && isNamed);
    },
  };
}

/** The first five fields are those of agent-cli-proxy; times are epoch milliseconds. */
function toBreakerJson(facts: BreakerFacts): unknown {
  const at = Date.now();
  return {
    providerId: facts.id,
    state: facts.state,
    failures: facts.consecutiveFailures,
    openedAt: facts.openedAgoMs === undefined ? null : Math.round(at - facts.openedAgoMs),
    lastActivity: Math.round(at - facts.usedAgoMs),
    opens: facts.opens,
    retryAfterMs: Math.ceil(facts.retryAfterMs),
    lastFailure: facts.lastFailure ?? null,
    failuresByClass: facts.failuresByClass,
    window: facts.window ?? null,
  };
}

function decodeSegment(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

/** True for paths that are ours, where our own pages may change state. Must agree with the route table. */
export function isOwnPath(path: string): boolean {
  return (
    /^\/(?:$|dashboard|admin|assets|stats|health|healthz|ready|metrics|api\/(?:models|requests|runs|sessions|search|live|docs|openapi\.json))(?:\/|$)/.test(
      path,
    ) || path === "/"
  );
}

const READS = ["GET", "HEAD"];

function isRead({ method }: Request): boolean {
  return READS.includes(method);
}

/** An upstream has one from its first request on, until it was not used for a while. */
function noBreaker(id: string): Response {
  return refuseOwn("not_found", `Breaker not found: ${id.slice(0, 80)} was not used lately.`);
}

function notFound(path: string): Response {
  return refuseOwn("not_found", `Nothing is at ${path.slice(0, 80)}.`);
}
