/** @module Which surface a request is for: ourselves, or an upstream and the path under it. First match wins. */

import { ProxyError } from "../domain/error.ts";
import type { RouteIndex, RouteTarget } from "../provider/model-route.ts";
import type { ProviderFamily } from "../provider/provider.ts";
import { isAccountToken } from "../provider/chatgpt.ts";
import { toOrigin, toOtherBase, type Upstream } from "../provider/upstream.ts";

export type Route =
  | { readonly kind: "own"; readonly owner: "root" | "health" | "breakers" | "simulate" | "reload" | "login" | "api" }
  | ForwardRoute
  | { readonly kind: "refuse"; readonly error: ProxyError; readonly family: ProviderFamily };

export type ForwardRoute = {
  readonly kind: "forward";
  readonly surface: string;
  readonly upstream: Upstream;
  readonly path: string;
  readonly rule: Rule;
  /** Set on root surfaces whose head named no provider: the body may still decide by this table. */
  readonly table?: RouteTable;
  /** It comes with the token of a ChatGPT account, which OpenAI's API does not know: the decision sends it to ChatGPT. */
  readonly isAccount?: true;
};

/** Which rule chose the upstream, and why in words. */
export type Rule = {
  readonly kind: "prefix" | "host" | "x-provider" | "body-provider" | "model-route" | "path" | "fallback" | "default";
  readonly why: string;
};

/** A provider that is configured for certain paths, and maybe only for models that begin in certain ways. */
export type PathRule = {
  readonly upstream: Upstream;
  readonly paths: ReadonlySet<string>;
  readonly models: readonly string[];
};

/** One snapshot of everything that decides where requests go: a reload makes a new one. */
export type RouteTable = {
  /** By id and by alias. */
  readonly upstreams: ReadonlyMap<string, Upstream>;
  readonly defaultUpstream: Upstream | undefined;
  readonly modelRoutes?: RouteIndex;
  readonly pathRules?: readonly PathRule[];
  /** Gets requests with a model that no route knows, where the default upstream would. */
  readonly fallback?: RouteTarget;
  /** Ids of compatibility fixes for the default upstream and the fallback, where these name none of their own. */
  readonly defaultFixes?: readonly string[];
  /** `GET /v1/models` lists the models of all routed upstreams; each is waited for this long. Absent, it is forwarded. */
  readonly mergedModels?: { readonly timeoutMs: number };
  /** Hosts (lower-case, with port if not the scheme's) that `/{provider}/{host}/…` may name, with their upstream. */
  readonly hosts?: ReadonlyMap<string, Upstream>;
};

/** `path` is the request's path with its leading slash and without query. Cost: a few string tests and one map look-up. */
export function findRoute(table: RouteTable, path: string, headers: Headers): Route {
  const route = findOwner(table, path, headers);
  if (route.kind !== "forward" || !isAccountToken(headers.get("authorization"))) return route;
  return { ...route, isAccount: true };
}

function findOwner(table: RouteTable, path: string, headers: Headers): Route {
  const end = path.indexOf("/", 1);
  const first = end === -1 ? path.slice(1) : path.slice(1, end);
  switch (first) {
    case "":
      if (path === "/") return OWN_ROOT;
      return refuse("unknown_path", `Nothing is served at ${showPath(path)}.`, "openai");
    case "health":
    case "healthz":
    case "ready":
    case "metrics":
      return OWN_HEALTH;
    case "admin":
      if (path === "/admin/api/routes/simulate") return OWN_SIMULATE;
      if (path === "/admin/api/reload") return OWN_RELOAD;
      if (path === "/admin/session" || path.startsWith("/admin/session/")) return OWN_LOGIN;
      return path === "/admin/breakers" || path.startsWith("/admin/breakers/") ? OWN_BREAKERS : OWN_API;
    case "dashboard":
    case "assets":
    case "stats":
      return OWN_API;
    case "api":
      return findApiRoute(table, path, headers);
    case "v1":
    case "v1beta":
    case "v1alpha":
      return findRootRoute(table, first, path, headers);
    default:
      return findPrefixRoute(table, first, end === -1 ? "" : path.slice(end), path);
  }
}

const OWN_ROOT: Route = { kind: "own", owner: "root" };
const OWN_HEALTH: Route = { kind: "own", owner: "health" };
const OWN_BREAKERS: Route = { kind: "own", owner: "breakers" };
const OWN_SIMULATE: Route = { kind: "own", owner: "simulate" };
const OWN_RELOAD: Route = { kind: "own", owner: "reload" };
const OWN_LOGIN: Route = { kind: "own", owner: "login" };
const OWN_API: Route = { kind: "own", owner: "api" };

const OLLAMA_PATHS =
  /^\/api\/(?:chat|generate|embed|embeddings|tags|show|ps|pull|push|create|copy|delete|version|blobs\/.+)\/?$/;
const INTEGRATION_PATHS = /^\/api\/(?:(?:models|requests|runs|sessions)(?:\/.*)?|search|live|docs|openapi\.json)\/?$/;

function findApiRoute(table: RouteTable, path: string, headers: Headers): Route {
  if (OLLAMA_PATHS.test(path)) {
    return findSelected(table, "ollama", path, headers) ?? forwardTo(table, "ollama", "ollama", path);
  }
  if (INTEGRATION_PATHS.test(path)) return OWN_API;
  return refuse(
    "unknown_path",
    `Nothing is served at ${showPath(path)}. Ollama's own API is forwarded at /api/{chat,generate,embed,embeddings,tags,show,ps,pull,push,create,copy,delete,version,blobs/*}; ours is /api/{models,requests,runs,sessions,search,live,docs,openapi.json}.`,
    "ollama",
  );
}

function findRootRoute(table: RouteTable, version: string, path: string, headers: Headers): Route {
  const selected = findSelected(table, `/${version}`, path, headers);
  if (selected !== undefined) return selected;
  if (version === "v1") {
    if (path.startsWith("/v1/messages") || headers.has("anthropic-version"))
      return forwardTo(table, "anthropic", "/v1", path);
    if (!GEMINI_METHOD.test(path) && !headers.has("x-goog-api-key")) {
      if (table.defaultUpstream === undefined)
        return refuse("upstream_not_configured", "No default upstream is set.", "openai");
      return { kind: "forward", surface: "/v1", upstream: table.defaultUpstream, path, rule: BY_DEFAULT, table };
    }
  }
  return forwardTo(table, "gemini", `/${version}`, path);
}

const BY_DEFAULT: Rule = { kind: "default", why: "no route and no selector says otherwise" };
const BY_PREFIX: Rule = { kind: "prefix", why: "the path begins with the provider" };
const BY_PATH: Rule = { kind: "path", why: "the path or a field belongs to this provider" };
const BY_HOST: Rule = { kind: "host", why: "the path names this host" };
const BY_HEADER: Rule = { kind: "x-provider", why: "the header x-provider names it" };

/** What the header `x-provider` says: an unknown name is refused, never ignored. */
function findSelected(table: RouteTable, surface: string, path: string, headers: Headers): Route | undefined {
  const selector = headers.get("x-provider");
  if (selector === null) return undefined;
  const upstream = table.upstreams.get(selector.trim().toLowerCase());
  if (upstream !== undefined) return { kind: "forward", surface, upstream, path, rule: BY_HEADER };
  const message = `No provider is called "${showPath(selector)}". ${listProviders(table)}`;
  return refuse("unknown_provider", message, "openai");
}

/** Gemini's methods hang on a colon: `/v1/models/gemini-2.5-pro:generateContent`. */
const GEMINI_METHOD = /^\/v1\/models\/[^/]+:[a-zA-Z]+$/;

function findPrefixRoute(table: RouteTable, first: string, rest: string, path: string): Route {
  const upstream = table.upstreams.get(first);
  if (upstream === undefined) {
    return refuse(
      "unknown_provider",
      `No provider is called "${showPath(first)}" (path ${showPath(path)}). ${listProviders(table)}`,
      "openai",
    );
  }
  return (
    findHostRoute(table, upstream, first, rest) ?? {
      kind: "forward",
      surface: `/${first}`,
      upstream,
      path: rest,
      rule: BY_PREFIX,
    }
  );
}

/** `/openai/api.openai.com/v1/…`, as llm-proxy's clients call it: a first segment that is a host of the table. */
function findHostRoute(table: RouteTable, named: Upstream, first: string, rest: string): Route | undefined {
  if (table.hosts === undefined) return undefined;
  const end = rest.indexOf("/", 1);
  const host = (end === -1 ? rest.slice(1) : rest.slice(1, end)).toLowerCase();
  const allowed = host === "" ? undefined : table.hosts.get(host);
  if (allowed === undefined) return undefined;
  const owner =
    named.baseUrl !== undefined && toOrigin(named.baseUrl) === toOrigin(allowed.baseUrl ?? "") ? named : allowed;
  return {
    kind: "forward",
    surface: `/${first}/${host}`,
    upstream: toOtherBase(owner, toOrigin(allowed.baseUrl ?? "")),
    path: end === -1 ? "" : rest.slice(end),
    rule: BY_HOST,
  };
}

function forwardTo(table: RouteTable, id: string, surface: string, path: string): Route {
  const upstream = table.upstreams.get(id);
  if (upstream === undefined) return refuse("unknown_provider", `The provider ${id} is switched off.`, "openai");
  return { kind: "forward", surface, upstream, path, rule: BY_PATH, table };
}

function refuse(
  code: "unknown_path" | "unknown_provider" | "upstream_not_configured",
  message: string,
  family: ProviderFamily,
): Route {
  return { kind: "refuse", error: new ProxyError(code, message), family };
}

function listProviders(table: RouteTable): string {
  const known = new Set([...table.upstreams.values()].map((upstream) => upstream.id));
  return `Known providers: ${[...known].sort().join(", ")}.`;
}

/** A path is the caller's text: shortened, and without what could break a log line. */
function showPath(path: string): string {
  const plain = path.replaceAll(/[^\u0020-\u007e]/g, "?");
  return plain.length > 80 ? `${plain.slice(0, 80)}…` : plain;
}
