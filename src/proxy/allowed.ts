/** @module What a managed key may ask for: the targets of a decision that its lists leave over. */

import { ProxyError } from "../domain/error.ts";
import { allowsModel, allowsProvider, type ManagedKey } from "../domain/key.ts";
import { parseJsonBytes } from "../http/json.ts";
import { countMembers } from "../http/json-member.ts";
import type { Decision, Target } from "./decide.ts";
import type { OutgoingBody } from "./request-body.ts";

export type AskedFor = {
  readonly method: string;
  /** Under the provider's base. */
  readonly path: string;
  /** Held, where it could be. */
  readonly body: OutgoingBody | undefined;
};

/** The targets that the key may use, in their order. Throws `provider_not_allowed` and `model_not_allowed`. */
export function toAllowedDecision(decision: Decision, key: ManagedKey, asked: AskedFor): Decision {
  if (key.allowedProviders === undefined && key.allowedModels === undefined) return decision;
  const [first, ...rest] = decision.targets.filter(
    ({ upstream }) => allowsProvider(key, upstream) || isModelList(asked),
  );
  if (first === undefined) {
    const ids = [...new Set(decision.targets.map(({ upstream }) => upstream.id))].join(", ");
    throw new ProxyError("provider_not_allowed", `The managed key ${key.prefix}… may not use ${ids}.`);
  }
  const targets: Decision["targets"] = [first, ...rest];
  if (key.allowedModels !== undefined && mayName(asked.method)) checkModel(key, targets, asked);
  return { ...decision, targets };
}

/** The list of models is no secret to a key, as in the program this rule comes from. */
function isModelList({ method, path }: AskedFor): boolean {
  return method === "GET" && (path === "/v1/models" || path === "/models");
}

function mayName(method: string): boolean {
  return method !== "GET" && method !== "HEAD" && method !== "OPTIONS" && method !== "DELETE";
}

/** Each name asked for, or the one that is sent instead of it. What cannot be read is not allowed. */
function checkModel(key: ManagedKey, targets: Decision["targets"], asked: AskedFor): void {
  const names = findPathNames(asked.path) ?? findBodyNames(asked.body);
  if (names.length === 0) {
    throw new ProxyError(
      "model_not_allowed",
      `The managed key ${key.prefix}… has a list of models, and the model of this request could not be read.`,
    );
  }
  const isAllowed =
    names.every((name) => allowsModel(key, name)) ||
    (names.length === 1 && targets.every((target) => isSentNameAllowed(key, target)));
  if (isAllowed) return;
  throw new ProxyError("model_not_allowed", `The managed key ${key.prefix}… may not use this model.`);
}

function isSentNameAllowed(key: ManagedKey, { model }: Target): boolean {
  return model !== undefined && allowsModel(key, model);
}

/** What a model's name stands behind at Gemini and Vertex, Azure, older OpenAI-style servers, and where one is deployed. */
const NAMING: ReadonlySet<string> = new Set([
  "models",
  "tunedModels",
  "deployments",
  "engines",
  "endpoints",
  "serving-endpoints",
]);
/** Gemini's and Vertex' methods. A model of Bedrock has colons of its own. */
const METHOD = /:[a-zA-Z][a-zA-Z0-9]*$/;

/**
 * Azure, Bedrock, Gemini and others name the model in the path, and read none in the body. Undefined where no segment
 * names one; nothing where a server may read another path out of it than we do.
 */
function findPathNames(path: string): readonly string[] | undefined {
  const segments = path
    .split("/")
    .filter((segment) => segment !== "")
    .map(decode);
  if (segments.some((segment) => /(?:^|[/\\])\.\.?(?:[/\\]|$)/.test(segment))) return [];
  const names = segments.flatMap((segment, index) => {
    const next = segments[index + 1];
    if (next === undefined) return [];
    if (index === 0 && segment === "model") return [next];
    return NAMING.has(segment) ? [next.replace(METHOD, "")] : [];
  });
  return names.length === 0 ? undefined : names;
}

/** All others name it in the body: once, or again as alternatives (OpenRouter) and in the calls of a batch (Anthropic). */
function findBodyNames(body: OutgoingBody | undefined): readonly string[] {
  if (!(body instanceof Uint8Array)) return [];
  // Parsers differ in which of two members they take, and in whether `Model` is one.
  if (["model", "models", "requests"].some((name) => countMembers(body, name) > 1)) return [];
  const call = parseJsonBytes(body);
  const { model, models = [], requests = [] } = toFields(call);
  if (!Array.isArray(models) || !Array.isArray(requests)) return [];
  const inner = requests.map((request: unknown) => toFields(toFields(request)["params"])["model"]);
  // Where each call of a batch names one, none needs to stand beside them.
  const named = model === undefined && inner.length > 0 ? [] : [model];
  const names: readonly unknown[] = [...named, ...models, ...inner];
  return names.every((name) => typeof name === "string") ? names : [];
}

function toFields(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null ? (value as Readonly<Record<string, unknown>>) : {};
}

function decode(segment: string): string {
  try {
    return decodeURIComponent(segment);
  } catch {
    return segment;
  }
}
