/** @module The fields of a request as one upstream gets them: its header rules, then its own credential instead of the client's. */

import { ProxyError } from "../domain/error.ts";
import type { Edit } from "../domain/exchange.ts";
import { isSecretName, maskHeader } from "../http/mask.ts";
import type { Upstream } from "./upstream.ts";

export type OutgoingHead = {
  readonly headers: Readonly<Record<string, string>>;
  /** With its `?`, or empty. */
  readonly query: string;
  readonly edits: readonly Edit[];
};

/** What every upstream without rules gets: the very same object, nothing copied. */
const NO_EDITS: readonly Edit[] = [];

/**
 * Applies an upstream's rules to a copy. Whatever we would mask counts as the client's credential: it never goes to an
 * upstream that has its own, or stands in for another provider's. Throws `credential_missing` when there is none for it.
 */
export function toOutgoingHead(
  upstream: Upstream,
  headers: Readonly<Record<string, string>>,
  query: string,
  isStandIn = false,
): OutgoingHead {
  const { credential, headerRules } = upstream;
  if (credential === undefined && headerRules === undefined && !isStandIn) return { headers, query, edits: NO_EDITS };
  if (isStandIn && !mayStandIn(upstream, headers, query)) {
    throw new ProxyError(
      "credential_missing",
      `The client's credential is for another provider than ${upstream.id}, which has none of its own: set [providers.${upstream.id}.auth].`,
    );
  }
  const edits: Edit[] = [];
  const note = (kind: string, detail: string): void => void edits.push({ side: "request", kind, detail });

  let outgoingQuery = query;
  const outgoing: Record<string, string> = {};
  if (credential !== undefined || isStandIn || setsSecret(upstream)) {
    // Field by field: taking them out of a copy afterwards makes an object that is slow for all who read it.
    for (const name of Object.keys(headers)) {
      const value = headers[name] ?? "";
      if (maskHeader(name, value) === value) outgoing[name] = value;
      else note("credential_removed", name);
    }
    outgoingQuery = removeSecrets(query, (name) => note("credential_removed", `?${name}`));
  } else {
    Object.assign(outgoing, headers);
  }
  for (const name of headerRules?.remove ?? []) {
    if (outgoing[name] === undefined) continue;
    delete outgoing[name];
    note("header_removed", name);
  }
  for (const [name, value] of headerRules?.set ?? []) {
    if (outgoing[name] === value) continue;
    outgoing[name] = value;
    note("header_set", name);
  }
  for (const [name, value] of headerRules?.default ?? []) {
    if (outgoing[name] !== undefined) continue;
    outgoing[name] = value;
    note("header_defaulted", name);
  }
  if (credential !== undefined && credential.mode !== "none") {
    const secret = credential.read();
    if (secret === undefined) {
      throw new ProxyError("credential_missing", `The credential of ${upstream.id} is not there: ${credential.from}.`);
    }
    outgoing[credential.header] = credential.mode === "bearer" ? `Bearer ${secret}` : secret;
    note("credential_set", credential.header);
  }
  return { headers: outgoing, query: outgoingQuery, edits };
}

/** False for an upstream that could only be reached with a credential which the client has for another provider. */
export function mayStandIn(upstream: Upstream, headers: Readonly<Record<string, string>>, query: string): boolean {
  return (
    upstream.credential !== undefined || upstream.local || setsSecret(upstream) || !holdsCredential(headers, query)
  );
}

function holdsCredential(headers: Readonly<Record<string, string>>, query: string): boolean {
  let isThere = false;
  removeSecrets(query, () => void (isThere = true));
  return isThere || Object.entries(headers).some(([name, value]) => maskHeader(name, value) !== value);
}

function setsSecret({ headerRules }: Upstream): boolean {
  return headerRules?.set.some(([name]) => isSecretName(name)) === true;
}

/** True when the upstream would get no credential at all, though it runs elsewhere and nobody said that it needs none. */
export function lacksCredential(upstream: Upstream, { headers, query }: OutgoingHead): boolean {
  return upstream.credential === undefined && !upstream.local && !holdsCredential(headers, query);
}

/** The query without parameters that hold a secret, such as Gemini's `key`; the rest keeps its bytes. */
function removeSecrets(query: string, onRemoved: (name: string) => void): string {
  if (query.length < 2) return query;
  const parts = query.slice(1).split("&");
  const kept = parts.filter((part) => {
    const name = toName(part);
    if (!isSecretName(name)) return true;
    onRemoved(name);
    return false;
  });
  if (kept.length === parts.length) return query;
  return kept.length === 0 ? "" : `?${kept.join("&")}`;
}

function toName(part: string): string {
  const end = part.indexOf("=");
  const text = end === -1 ? part : part.slice(0, end);
  try {
    return decodeURIComponent(text.replaceAll("+", " ")).toLowerCase();
  } catch {
    return text.toLowerCase();
  }
}
