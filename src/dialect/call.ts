/** @module What a call says of itself before its answer: path, model, whether a stream is wanted. */

import type { HeaderList } from "../domain/exchange.ts";
import type { ReadContext } from "./dialect.ts";
import { type JsonRecord, toRecord, toRecords, toText } from "./value.ts";

const SLASH = 47;

/** Path without slashes at its end. */
export function toPath(context: ReadContext): string {
  const { path } = context;
  let end = path.length;
  while (end > 0 && path.charCodeAt(end - 1) === SLASH) end -= 1;
  return path.slice(0, end);
}

export function isPost(context: ReadContext): boolean {
  return context.method.toUpperCase() === "POST";
}

export function toRequest(context: ReadContext): JsonRecord | undefined {
  return toRecord(context.requestBody);
}

/** True when the body says `"stream": true`. */
export function asksForStream(context: ReadContext): boolean {
  return toRequest(context)?.["stream"] === true;
}

export function findHeader(headers: HeaderList, name: string): string | undefined {
  return headers.find(([field]) => field.toLowerCase() === name)?.[1];
}

export function hasQuery(context: ReadContext, name: string, value: string): boolean {
  return new RegExp(`(?:^\\??|&)${name}=${value}(?:&|$)`, "i").test(context.query);
}

/** Model named by the request: the body's, else the URL's (Azure, Bedrock, Gemini, Vertex). */
export function findRequestModel(context: ReadContext): string | undefined {
  return toModel(findBodyModel(context)) ?? findUrlModel(context);
}

/** A model's name without Google's resource prefixes; other prefixes belong to the name. */
export function toModel(value: unknown): string | undefined {
  const name = toText(value)?.trim();
  if (name === undefined || name === "" || name.length > 500) return undefined;
  return toText(name.replace(/^(?:projects\/[^/]+\/locations\/[^/]+\/)?(?:publishers\/[^/]+\/)?models\//, ""));
}

function findBodyModel(context: ReadContext): unknown {
  const body = toRequest(context);
  if (body === undefined) return undefined;
  const named = toText(body["model"]) ?? toText(body["modelId"]) ?? toText(body["model_id"]);
  if (named !== undefined) return named;
  const [fallback] = Array.isArray(body["models"]) ? body["models"] : [];
  return toText(fallback) ?? toText(toRecords(body["requests"])[0]?.["model"]) ?? toText(body["agent"]);
}

/** One pattern per place a URL can name a model in; the first group is the name, percent-encoded. */
const URL_MODELS: readonly RegExp[] = [
  /\/deployments\/([^/]+)\//,
  /\/model\/([^/]+)\/(?:converse|converse-stream|invoke|invoke-with-[a-z-]+|count-tokens)$/,
  /\/(?:publishers\/[^/]+\/)?models\/([^/:]+(?:\/[^/:]+)*):[A-Za-z]+$/,
  /\/tunedModels\/([^/:]+):[A-Za-z]+$/,
  /\/endpoints\/([^/:]+)(?::[A-Za-z]+|\/invocations(?:-response-stream)?)$/,
  /\/engines\/([^/]+)\//,
  // Hugging Face's own inference paths name a repository.
  /\/hf-inference\/models\/([^/]+\/[^/]+|[^/]+)/,
];

function findUrlModel(context: ReadContext): string | undefined {
  const path = toPath(context);
  for (const pattern of URL_MODELS) {
    const found = pattern.exec(path)?.[1];
    // Vertex names Anthropic's counting endpoint where a model stands.
    if (found !== undefined && found !== "count-tokens") return toText(decodeSegment(found));
  }
  return undefined;
}

/** Percent-decoded text, or the text itself where it is malformed. */
function decodeSegment(segment: string): string {
  try {
    return decodeURIComponent(segment);
  } catch {
    return segment;
  }
}
