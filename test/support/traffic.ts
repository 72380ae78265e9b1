/** @module Recorded provider exchanges (test/fixtures/traffic): the request, the answer's bytes, and what should be read in them. */

import { readFileSync, readdirSync } from "node:fs";
import { join } from "node:path";

import type { ReadContext } from "../../src/dialect/dialect.ts";

/** Null = the answer does not say; a field that is absent is not part of the expectation. */
export type Expected = {
  readonly model: string | null;
  readonly request_model?: string;
  readonly billable?: boolean;
  readonly service_tier?: string;
  readonly reported_cost_usd?: number;
  readonly [count: string]: string | number | boolean | null | undefined;
};

export type TrafficCase = {
  readonly id: string;
  readonly provider: string;
  readonly api: string;
  readonly streaming: boolean;
  readonly framing: string;
  readonly isAmbiguous: boolean;
  readonly request: {
    readonly method: string;
    readonly url: string;
    readonly headers: Readonly<Record<string, string>>;
    readonly body: unknown;
  };
  readonly response: {
    readonly status: number;
    readonly headers: Readonly<Record<string, string>>;
    /** After content decoding. */
    readonly bytes: Uint8Array;
    /** As recorded on the wire, where that was kept. */
    readonly wire?: { readonly bytes: Uint8Array; readonly encoding: string };
  };
  readonly expected: Expected;
  readonly alternatives: readonly Partial<Expected>[];
  readonly expectedExtra: readonly Readonly<Record<string, unknown>>[];
  readonly expectedError?: Readonly<Record<string, unknown>>;
};

const FOLDER = join(import.meta.dir, "../fixtures/traffic/cases");

/** All recorded cases in the order of their names. */
export function loadTraffic(): readonly TrafficCase[] {
  return readdirSync(FOLDER)
    .filter((name) => name.endsWith(".json"))
    .sort()
    .map((name) => toCase(readFileSync(join(FOLDER, name), "utf8")));
}

function toCase(text: string): TrafficCase {
  const raw = JSON.parse(text);
  const { response } = raw;
  const bytes =
    response.bodyBase64 === undefined
      ? new TextEncoder().encode(response.body ?? "")
      : Uint8Array.fromBase64(response.bodyBase64);
  return {
    id: raw.id,
    provider: raw.provider,
    api: raw.api,
    streaming: raw.streaming,
    framing: raw.framing,
    isAmbiguous: raw.ambiguous,
    request: raw.request,
    response: {
      status: response.status,
      headers: response.headers,
      bytes,
      ...(response.wireBodyBase64 === undefined
        ? {}
        : { wire: { bytes: Uint8Array.fromBase64(response.wireBodyBase64), encoding: response.wireEncoding } }),
    },
    expected: raw.expected,
    alternatives: raw.acceptable_alternatives ?? [],
    expectedExtra: raw.expected_extra ?? [],
    ...(raw.expected_error === undefined ? {} : { expectedError: raw.expected_error }),
  };
}

/** What a reader is told of the case before the answer. */
export function toReadContext(traffic: TrafficCase): ReadContext {
  const url = new URL(traffic.request.url);
  const { headers } = traffic.response;
  return {
    provider: traffic.provider,
    method: traffic.request.method,
    path: url.pathname,
    query: url.search.replace(/^\?/, ""),
    requestBody: traffic.request.body ?? undefined,
    requestContentType: traffic.request.headers["content-type"],
    statusCode: traffic.response.status,
    responseContentType: headers["content-type"],
    responseHeaders: Object.entries(headers),
  };
}
