/** @module Errors as providers word them: OpenAI, Anthropic, Google, AWS, Ollama, FastAPI, HTML and plain text. */

import type { ReadContext, ReportedError } from "./dialect.ts";
import { findHeader } from "./call.ts";
import { type JsonRecord, defined, toList, toRecord, toRecords, toText } from "./value.ts";

const MAX_MESSAGE_CHARS = 4000;

/** True when the status says that the answer is an error. */
export function isErrorStatus(context: ReadContext): boolean {
  return context.statusCode !== undefined && context.statusCode >= 400;
}

/**
 * The error in a JSON answer or event. A bare `message` is an error only under an error status or when the object
 * calls itself one; a member `error` always is.
 */
export function findReportedError(value: unknown, context: ReadContext): ReportedError | undefined {
  const body = toRecord(Array.isArray(value) ? value[0] : value);
  if (body === undefined) return undefined;
  const wrapped = findWrappedError(body);
  if (wrapped !== undefined) return toWrappedError(wrapped, body);
  const text = toText(body["error"]);
  if (text !== undefined) {
    return toError(
      body["error_type"] ?? body["type"],
      body["code"] ?? body["status_code"],
      toText(body["message"]) ?? text,
    );
  }
  const refusal = toRecord(body["base_resp"]);
  if (refusal !== undefined && typeof refusal["status_code"] === "number" && refusal["status_code"] !== 0) {
    return toError(undefined, refusal["status_code"], refusal["status_msg"]);
  }
  const callsItselfError = body["object"] === "error" || body["type"] === "error";
  if (!callsItselfError && !isErrorStatus(context)) return undefined;
  return toBareError(body, context);
}

/** The error in an answer that is no JSON: the title of a page, or the text. */
export function toTextError(whole: string, context: ReadContext): ReportedError | undefined {
  const text = whole.slice(0, MAX_MESSAGE_CHARS);
  const type = findHeader(context.responseHeaders, "x-amzn-errortype");
  const title = /<title[^>]*>([^<]*)<\/title>/i.exec(text)?.[1];
  const message = (title ?? text.replaceAll(/<[^>]*>/g, " ")).replaceAll(/\s+/g, " ").trim();
  return toError(type, undefined, message);
}

function findWrappedError(body: JsonRecord): JsonRecord | undefined {
  const own = toRecord(body["error"]);
  if (own !== undefined && Object.keys(own).length > 0) return own;
  const [first] = toRecords(body["errors"]);
  return first ?? toRecord(toRecord(body["x_groq"])?.["error"]);
}

function toWrappedError(wrapped: JsonRecord, body: JsonRecord): ReportedError | undefined {
  // Some gateways wrap the provider's whole error body once more.
  const error = wrapped["message"] === undefined ? (toRecord(wrapped["error"]) ?? wrapped) : wrapped;
  // Google names the kind in `status`; elsewhere `status` repeats the number.
  const type = toText(error["type"]) ?? toText(error["status"]) ?? toText(error["__type"]);
  const message = error["message"] ?? error["msg"] ?? error["detail"] ?? error["description"] ?? body["message"];
  return toError(type, error["code"] ?? error["status_code"], message);
}

function toBareError(body: JsonRecord, context: ReadContext): ReportedError | undefined {
  const ownType = toText(body["type"]) === "error" ? undefined : toText(body["type"]);
  const type =
    findHeader(context.responseHeaders, "x-amzn-errortype") ?? toText(body["__type"]) ?? ownType ?? body["error_type"];
  const message =
    body["message"] ?? body["Message"] ?? body["msg"] ?? body["detail"] ?? body["error_msg"] ?? body["errorMessage"];
  return toError(type, body["code"] ?? body["status_code"] ?? body["error_code"], message);
}

function toError(type: unknown, code: unknown, message: unknown): ReportedError | undefined {
  const error = defined({
    type: toText(type)?.slice(0, 300),
    code: typeof code === "number" && Number.isFinite(code) ? String(code) : toText(code)?.slice(0, 300),
    message: toMessage(message),
  });
  return Object.keys(error).length === 0 ? undefined : error;
}

/** FastAPI and Mistral put a list or an object where others put a text. */
function toMessage(value: unknown, depth = 0): string | undefined {
  if (typeof value === "string") return toText(value.slice(0, MAX_MESSAGE_CHARS));
  const parts = toList(toRecord(value)?.["detail"] ?? value).flatMap((part) => {
    const record = toRecord(part);
    return toText(part) ?? toText(record?.["msg"]) ?? toText(record?.["message"]) ?? [];
  });
  if (parts.length > 0) return parts.join("; ").slice(0, MAX_MESSAGE_CHARS);
  const record = toRecord(value);
  if (record === undefined || depth > 2) return undefined;
  return toMessage(record["message"] ?? record["detail"], depth + 1);
}
