/** @module What would happen to a request: the decision of live traffic, told without sending anything. */

import { mayStandIn, toOutgoingHead } from "../provider/outgoing-head.ts";
import { toUpstreamUrl } from "../provider/upstream.ts";
import { decide, findPathModel, type Target } from "./decide.ts";
import { findModelMerge } from "./model-merge.ts";
import { mayAskForUsage } from "./include-usage.ts";
import { listFields, toRequestHead } from "./request-head.ts";
import { findRoute, type RouteTable } from "./route.ts";

export type SimulatedRequest = {
  readonly method: string;
  /** With its leading slash, without query. */
  readonly path: string;
  readonly headers: Headers;
  /** As a body would name it. */
  readonly model?: string;
  /** The body's field `provider`. */
  readonly provider?: string;
  /** Whether the body asks for a stream. */
  readonly stream?: boolean;
};

export type SimulatedTarget = {
  readonly upstream: string;
  readonly provider: string;
  readonly url: string | null;
  readonly model: string | null;
  readonly endpoint: string | null;
  /** Where the credential comes from; `client` where the client's own passes. */
  readonly credential: string;
  readonly credential_there: boolean;
  readonly edits: readonly string[];
  /** Compatibility fixes that the answer would go through. */
  readonly fixes: readonly string[];
};

export type Simulation =
  | { readonly outcome: "own"; readonly owner: string }
  | { readonly outcome: "refused"; readonly status: number; readonly code: string; readonly message: string }
  | {
      readonly outcome: "forwarded";
      readonly surface: string;
      readonly rule: string;
      readonly why: string;
      /** In the order in which they are tried. */
      readonly targets: readonly SimulatedTarget[];
      /** Why it would be refused nevertheless; null when nothing is known to be in the way. */
      readonly problem: string | null;
    };

/** Runs the code of live traffic. Routes with weights are drawn as if the draw were 0: the first weighted one leads. */
export function simulateRoute(table: RouteTable, request: SimulatedRequest): Simulation {
  const route = findRoute(table, request.path, request.headers);
  if (route.kind === "own") return { outcome: "own", owner: route.owner };
  if (route.kind === "refuse") {
    const { status, code, message } = route.error;
    return { outcome: "refused", status, code, message };
  }
  const merge = findModelMerge(route, request);
  if (merge !== undefined) {
    return {
      outcome: "forwarded",
      surface: route.surface,
      rule: "merged-models",
      why: "merged_models is on: all of these are asked at once, and modeltap answers with one list",
      targets: merge.sources.map(({ upstream, path, isClients }) => {
        const sent = isClients ? request : { ...request, headers: new Headers() };
        const told = toSimulatedTarget({ upstream, path }, sent);
        return isClients || told.credential !== "client" ? told : { ...told, credential: "none" };
      }),
      problem: null,
    };
  }
  const model = request.model ?? findPathModel(route.path);
  const facts = {
    ...(model === undefined ? {} : { model }),
    ...(request.provider === undefined ? {} : { provider: request.provider }),
  };
  const isBodyless = request.method === "GET" || request.method === "HEAD";
  const { rule, targets } = decide(route, isBodyless ? {} : facts, 0);
  const told = targets.map((target) => toSimulatedTarget(target, request));
  return {
    outcome: "forwarded",
    surface: route.surface,
    rule: rule.kind,
    why: rule.why,
    targets: told,
    problem: findProblem(told),
  };
}

/** What each of the targets is refused for, before anything is sent. */
function findProblem(targets: readonly SimulatedTarget[]): string | null {
  if (targets.some((target) => target.credential_there && target.url !== null)) return null;
  // As in live traffic the last one has the last word, and its address comes before its credential.
  return targets.at(-1)?.url === null
    ? "upstream_not_configured (502): no base URL is set."
    : "credential_missing (502): there is no credential to send.";
}

function toSimulatedTarget(target: Target, request: SimulatedRequest): SimulatedTarget {
  const { upstream } = target;
  const { credential } = upstream;
  const isThere =
    credential === undefined
      ? target.isStandIn !== true || mayStandIn(upstream, toRequestHead(listFields(request.headers), "").outgoing, "")
      : credential.mode === "none" || credential.read() !== undefined;
  return {
    upstream: upstream.id,
    provider: upstream.provider,
    url: upstream.baseUrl === undefined ? null : toUpstreamUrl(upstream.baseUrl, target.path, ""),
    model: target.model ?? null,
    endpoint: target.endpoint ?? null,
    credential:
      credential === undefined
        ? target.isStandIn === true
          ? "none"
          : "client"
        : credential.mode === "none"
          ? "none"
          : credential.from,
    credential_there: isThere,
    edits: [
      ...(isThere ? listHeaderEdits(target, request.headers) : []),
      ...(target.stripProvider === true ? ["selector_removed body field provider"] : []),
      ...(target.model === undefined ? [] : [`model_rewritten ${target.model}`]),
      ...(target.endpoint === undefined ? [] : [`endpoint_pinned ${target.endpoint}`]),
      ...(request.stream === true && mayAskForUsage(upstream, request, target.path) ? ["include_usage_added"] : []),
    ],
    fixes: target.fixes ?? [],
  };
}

function listHeaderEdits({ upstream, isStandIn }: Target, headers: Headers): readonly string[] {
  const head = toRequestHead(listFields(headers), "");
  // A question names the fields it is about, not all that a client sends: what would stand for the others is no edit.
  const own = head.edits.filter(({ kind }) => kind !== "default_set");
  return [...own, ...toOutgoingHead(upstream, head.outgoing, "", isStandIn).edits].map(
    ({ kind, detail }) => `${kind} ${detail}`,
  );
}

/** Fields written as `name:value`; what is no field is left out. */
export function toHeaders(fields: readonly string[]): Headers {
  const headers = new Headers();
  for (const field of fields) {
    const [, name, value] = FIELD.exec(field) ?? [];
    if (name !== undefined && value !== undefined) headers.append(name, value);
  }
  return headers;
}

const FIELD = /^([a-zA-Z0-9!#$%&'*+.^_`|~-]+):\s*([\t\u0020-\u007e]*)$/;

const PARAMETERS = ["method", "path", "model", "provider", "stream", "header"];

/** The parameters of the endpoint; text says what is wrong with them, by their names. */
export function readSimulation(parameters: URLSearchParams): SimulatedRequest | string {
  const unknown = [...new Set(parameters.keys())].filter((name) => !PARAMETERS.includes(name));
  if (unknown.length > 0) {
    return `${unknown.map((name) => JSON.stringify(name.slice(0, 60))).join(", ")} is no parameter here.`;
  }
  if (parameters.getAll("header").some((field) => !FIELD.test(field))) return "header must be a field as name:value.";
  const [path = ""] = (parameters.get("path") ?? "").split("?");
  if (!path.startsWith("/")) return "path must be a path with its leading slash.";
  const method = parameters.get("method") ?? "POST";
  if (!/^[a-z]{1,20}$/i.test(method)) return "method must be an HTTP method such as POST.";
  const stream = parameters.get("stream") ?? "false";
  if (stream !== "true" && stream !== "false") return "stream must be true or false.";
  const model = parameters.get("model");
  const provider = parameters.get("provider");
  return {
    stream: stream === "true",
    method: method.toUpperCase(),
    path,
    headers: toHeaders(parameters.getAll("header")),
    ...(model === null ? {} : { model }),
    ...(provider === null ? {} : { provider }),
  };
}
