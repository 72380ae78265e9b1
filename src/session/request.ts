/** @module What identity is read from: the head of a request and its body as a value. */

import type { ExchangeKind, HeaderList } from "../domain/exchange.ts";
import type { Billing } from "../domain/money.ts";
import { type JsonRecord, toRecord } from "./json.ts";

export type IdentityRequest = {
  readonly provider: string;
  readonly path: string;
  /** Secrets masked; our own selectors still inside. */
  readonly headers: HeaderList;
  readonly body: unknown;
  readonly kind: ExchangeKind;
  readonly model?: string | undefined;
  readonly billing: Billing;
  /** Keyed hash of the credential; absent when the request had none. */
  readonly credentialHash?: string | undefined;
  /** Id of the managed key it came with. */
  readonly keyId?: string | undefined;
};

/** The same, prepared for many questions. */
export type Evidence = Omit<IdentityRequest, "headers" | "body"> & {
  readonly body: JsonRecord | undefined;
  /** Value of a field by lower-case name; undefined when absent or blank. */
  header(name: string): string | undefined;
  readonly headerNames: readonly string[];
};

/** Longest value that can be a name or an id; longer ones are no evidence. */
const MAX_VALUE_CHARS = 300;

export function toEvidence(request: IdentityRequest): Evidence {
  const headers = new Map<string, string>();
  for (const [name, value] of request.headers) {
    const lower = name.toLowerCase();
    if (!headers.has(lower)) headers.set(lower, value.trim());
  }
  const { headers: _, body, ...rest } = request;
  return {
    ...rest,
    body: toRecord(body),
    header: (name) => headers.get(name) || undefined,
    headerNames: [...headers.keys()],
  };
}

/** An id as clients make them: printable, not too long. */
export function toId(value: unknown): string | undefined {
  if (typeof value !== "string") return undefined;
  const id = value.trim();
  // Control characters in an id would make two lines of one in logs.
  return id === "" || id.length > MAX_VALUE_CHARS || /\p{Cc}/u.test(id) ? undefined : id;
}

/** A name for people: one line, at most 100 characters. */
export function toName(value: string | undefined): string | undefined {
  const name = toId(value)?.slice(0, 100);
  return name === undefined || name === "" ? undefined : name;
}
