/** @module Requests of clients as identity rules see them: recorded ones, and short ones made up by a test. */

import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { join } from "node:path";

import type { HeaderList } from "../../src/domain/exchange.ts";
import { type Evidence, type IdentityRequest, toEvidence } from "../../src/session/request.ts";

export type RecordedRequest = {
  readonly client: string;
  readonly method: string;
  readonly target: string;
  readonly headers: HeaderList;
  readonly body: unknown;
};

/** In the order they were recorded. */
export function readRecordedRequests(): readonly RecordedRequest[] {
  const text = readFileSync(join(import.meta.dir, "../fixtures/clients/requests.json"), "utf8");
  // The fixture's README says what it holds.
  return JSON.parse(text) as readonly RecordedRequest[];
}

export function toIdentityRequest({
  target,
  headers,
  body,
}: Pick<RecordedRequest, "target" | "headers" | "body">): IdentityRequest {
  return {
    provider: "test",
    path: target.split("?")[0] ?? target,
    headers,
    body,
    kind: "generation",
    billing: "metered",
  };
}

export function request(
  headers: Readonly<Record<string, string>>,
  body?: unknown,
  more: Partial<IdentityRequest> = {},
): IdentityRequest {
  return { ...toIdentityRequest({ target: "/v1/x", headers: Object.entries(headers), body }), ...more };
}

export function evidence(...args: Parameters<typeof request>): Evidence {
  return toEvidence(request(...args));
}

export function digest(text: string): string {
  return createHash("sha256").update(text).digest("hex").slice(0, 32);
}
