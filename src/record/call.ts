/** @module What a call is: who speaks it, what kind it is, whether a stream was asked for. */

import type { Dialect, ReadContext } from "../dialect/dialect.ts";
import type { ExchangeKind, HeaderList } from "../domain/exchange.ts";
import type { HeadEntry, ResponseHeadEntry } from "../journal/entry.ts";

export type FindDialect = (context: ReadContext) => Dialect | undefined;

export type Call = {
  readonly dialect?: Dialect;
  readonly dialectId: string;
  readonly kind: ExchangeKind;
  readonly asksForStream: boolean;
  readonly warnings: readonly string[];
};

/** Who speaks when no dialect knows the call. */
const UNKNOWN: Call = { dialectId: "unknown", kind: "other", asksForStream: false, warnings: [] };

/** Never throws: a dialect that does is a warning. */
export function readCall(findDialect: FindDialect, context: ReadContext): Call {
  try {
    const dialect = findDialect(context);
    if (dialect === undefined) return UNKNOWN;
    return {
      dialect,
      dialectId: dialect.id,
      kind: dialect.kind(context),
      asksForStream: dialect.isStreaming(context),
      warnings: [],
    };
  } catch (error) {
    return { ...UNKNOWN, warnings: [`dialect_failed: ${String(error)}`.slice(0, 300)] };
  }
}

/** @param responseContentType given apart because records without header fields guess it */
export function toReadContext(
  head: HeadEntry,
  requestBody: unknown,
  responseHead: ResponseHeadEntry | undefined,
  responseContentType: string | undefined,
): ReadContext {
  return {
    provider: head.provider,
    method: head.method,
    path: head.path,
    query: head.query,
    requestBody,
    requestContentType: findHeader(head.headers, "content-type"),
    statusCode: responseHead?.statusCode,
    responseContentType,
    responseHeaders: responseHead?.headers ?? [],
  };
}

/** First value of a field; several of one name are joined as RFC 9110 §5.3 says. */
export function findHeader(headers: HeaderList | undefined, name: string): string | undefined {
  let found: string | undefined;
  for (const [field, value] of headers ?? []) {
    if (field === name || field.toLowerCase() === name) found = found === undefined ? value : `${found}, ${value}`;
  }
  return found;
}
