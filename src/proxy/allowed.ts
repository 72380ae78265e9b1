/** @module What a managed key may ask for: the targets of a decision that its lists leave over. */

import { ProxyError } from "../domain/error.ts";
import { allowsModel, allowsProvider, type ManagedKey } from "../domain/key.ts";
import { countMembers } from "../http/json-member.ts";
import type { Decision, Target } from "./decide.ts";
import type { OutgoingBody } from "./request-body.ts";
import { readBodyFacts } from "./rewrite-body.ts";

export type AskedFor = {
  readonly method: string;
  /** Under the provider's base. */
  readonly path: string;
  /** Held, where it could be. */
  readonly body: OutgoingBody | undefined;
};

/** The targets that the key may use, in their order. Throws `provider_not_allowed` and `model_not_allowed`. */
export function toAllowedDecision(decision: Decision, key: ManagedKey, asked: AskedFor): Decision {
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

/** The name asked for, or the one that is sent instead of it. What cannot be read is not allowed. */
function checkModel(key: ManagedKey, targets: Decision["targets"], asked: AskedFor): void {
  const model = findModel(asked);
  if (model === undefined) {
    throw new ProxyError(
      "model_not_allowed",
      `The managed key ${key.prefix}… has a list of models, and the model of this request could not be read.`,
    );
  }
  const isAllowed = allowsModel(key, model) || targets.every((target) => isSentNameAllowed(key, target));
  if (isAllowed) return;
  throw new ProxyError("model_not_allowed", `The managed key ${key.prefix}… may not use this model.`);
}

function isSentNameAllowed(key: ManagedKey, { model }: Target): boolean {
  return model !== undefined && allowsModel(key, model);
}

/** Azure and Bedrock name the model in the path, and so does Gemini; all others in the body, once. */
function findModel({ path, body }: AskedFor): string | undefined {
  const segment = PATH_MODEL.exec(path)?.[1];
  if (segment !== undefined) return decode(segment);
  if (!(body instanceof Uint8Array)) return readBodyFacts(NO_BODY, path, true).model;
  // Parsers differ in which of two members they take, and in whether `Model` is one.
  return countMembers(body, "model") > 1 ? undefined : readBodyFacts(body, path, true).model;
}

const NO_BODY = new Uint8Array(0);
const PATH_MODEL = /(?:\/deployments|^\/model)\/([^/]+)\//;

function decode(segment: string): string {
  try {
    return decodeURIComponent(segment);
  } catch {
    return segment;
  }
}
