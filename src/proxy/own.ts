/** @module What modeltap itself answers: the root, health, and everything that the api process serves. */

import { ProxyError } from "../domain/error.ts";
import { secure } from "../http/security-headers.ts";
import { toErrorResponse } from "../provider/error-body.ts";
import { createApiCall } from "./api-call.ts";
import type { BreakerFacts, Breakers } from "./breaker.ts";
import { isLoopbackName, toHostName } from "./door.ts";
import type { RouteTable } from "./route.ts";
import { simulateRoute, toHeaders } from "./simulate.ts";

export type OwnSurface = {
  answer(request: Request, owner: Owner, path: string, query: string): Response | Promise<Response>;
};

type Owner = "root" | "health" | "breakers" | "simulate" | "reload" | "api";

export type OwnSurfaceOptions = {
  /** The routing snapshot of this moment. */
  readonly routes: () => RouteTable;
  readonly breakers: Breakers;
  /** Reads the configuration again; answers what is wrong with it. */
  readonly reload: () => readonly string[];
  readonly version: string;
  readonly apiSocket: string;
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

  function answerHealth(path: string): Response | Promise<Response> {
    if (path === "/ready") return options.report.ready();
    if (path === "/metrics") return options.report.metrics();
    const health = options.report.health();
    switch (path) {
      case "/health":
      case "/healthz":
        return json(health, 200);
      default: {
        const part = path.startsWith("/health/") ? path.slice("/health/".length) : "";
        const state = Object.hasOwn(health, part) ? health[part] : undefined;
        return state === undefined ? notFound(path) : json(state, 200);
      }
    }
  }

  /** `/admin/breakers`, `/admin/breakers/:id`, `POST /admin/breakers/:id/reset`: their state lives in this process. */
  function answerBreakers(request: Request, path: string): Response {
    const [id, action, ...rest] = path.split("/").slice(3).map(decodeSegment);
    if (rest.length > 0) return notFound(path);
    if (id === undefined || id === "") return json({ breakers: options.breakers.list().map(toBreakerJson) }, 200);
    if (action === "reset" && request.method === "POST") {
      return options.breakers.reset(id) ? json({ ok: true, providerId: id }, 200) : noBreaker(id);
    }
    if (action !== undefined) return notFound(path);
    const facts = options.breakers.find(id);
    return facts === undefined ? noBreaker(id) : json(toBreakerJson(facts), 200);
  }

  /** `POST /admin/api/reload`: with a problem everything stays as it was. */
  function answerReload(request: Request): Response {
    if (request.method !== "POST") return notFound("/admin/api/reload");
    const problems = options.reload();
    return json({ reloaded: problems.length === 0, problems }, problems.length === 0 ? 200 : 409);
  }

  /** `GET /admin/api/routes/simulate?method=&path=&model=&provider=&header=name:value`: nothing is sent. */
  function answerSimulation(query: string): Response {
    const parameters = new URLSearchParams(query);
    const path = parameters.get("path") ?? "";
    if (!path.startsWith("/")) {
      return toErrorResponse(new ProxyError("unknown_path", "The parameter path must begin with a slash."), "openai");
    }
    const model = parameters.get("model");
    const provider = parameters.get("provider");
    const simulation = simulateRoute(options.routes(), {
      method: (parameters.get("method") ?? "POST").toUpperCase(),
      path,
      headers: toHeaders(parameters.getAll("header")),
      ...(model === null ? {} : { model }),
      ...(provider === null ? {} : { provider }),
    });
    return json(simulation, 200);
  }

  function answerRoot(request: Request): Response {
    const wantsPage = request.method === "GET" && (request.headers.get("accept") ?? "").includes("text/html");
    if (wantsPage) return new Response(null, { status: 302, headers: { location: "/dashboard" } });
    if (request.method !== "GET" && request.method !== "HEAD") return notFound("/");
    return new Response(
      request.method === "HEAD"
        ? null
        : `modeltap ${options.version}: LLM traffic is forwarded at /<provider>/…, pages are at /dashboard\n`,
      {
        headers: { "content-type": "text/plain; charset=utf-8", "cache-control": "no-store" },
      },
    );
  }

  function route(request: Request, owner: Owner, path: string, query: string): Response | Promise<Response> {
    switch (owner) {
      case "root":
        return answerRoot(request);
      case "health":
        return answerHealth(path);
      case "breakers":
        return answerBreakers(request, path);
      case "reload":
        return answerReload(request);
      case "simulate":
        return answerSimulation(query);
      case "api":
        return callApi(request, path, query);
    }
  }

  return {
    async answer(request, owner, path, query) {
      const isHttps = options.isHttps?.(request) ?? request.url.startsWith("https:");
      // For a loopback name the demand would hold for every other port of this machine, too.
      const isNamed = !isLoopbackName(toHostName(request.headers.get("host") ?? "localhost"));
      return secure(await route(request, owner, path, query), isHttps && isNamed);
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

function json(value: unknown, status: number): Response {
  return Response.json(value, { status, headers: { "cache-control": "no-store" } });
}

/** An upstream has one from its first request on, until it was not used for a while. */
function noBreaker(id: string): Response {
  const shown = id.slice(0, 80);
  return toErrorResponse(new ProxyError("unknown_path", `Breaker not found: ${shown} was not used lately.`), "openai");
}

function notFound(path: string): Response {
  const shown = path.slice(0, 80);
  return toErrorResponse(new ProxyError("unknown_path", `Nothing is served at ${shown}.`), "openai");
}
