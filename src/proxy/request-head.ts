/** @module The head of a request as it goes on to the upstream, and as it is kept: only the closed list of edits. */

import type { Edit, HeaderList } from "../domain/exchange.ts";
import { holdsKeyLook, KEY_PREFIX } from "../domain/key.ts";
import { isHopByHop, parseConnectionNames } from "../http/headers.ts";
import { maskHeader, maskSecret } from "../http/mask.ts";
import { findLoginCookie, withoutLoginCookie } from "./login-cookie.ts";

export type RequestHead = {
  /** For `fetch`: lower-case names; without `host` and `content-length`, which fetch sets itself. */
  readonly outgoing: Record<string, string>;
  /** As the client sent it, secrets masked. */
  readonly kept: HeaderList;
  readonly edits: Edit[];
  readonly contentLength: number | undefined;
};

/**
 * The query, with its `?`, without the parameters that hold a managed key, be it the one the request came with or another;
 * the rest keeps its bytes. Cost: two searches where there is none.
 */
export function withoutKeys(query: string, secret: string | undefined): string {
  if (query.length < 2) return query;
  if (secret === undefined && !query.includes("%") && !query.includes(KEY_PREFIX)) return query;
  const parts = query.slice(1).split("&");
  const kept = parts.filter((part) => [...new URLSearchParams(part)].flat().every((text) => !holdsKey(text, secret)));
  if (kept.length === parts.length) return query;
  return kept.length === 0 ? "" : `?${kept.join("&")}`;
}

/** @param isOther as `isOtherKey` says of the secret, for many texts in a row */
function holdsKey(text: string, secret: string | undefined, isOther = isOtherKey(secret)): boolean {
  // Nearly always the only search: what holds a key of ours holds its prefix.
  if (!text.includes(KEY_PREFIX)) return isOther && text.includes(secret ?? "");
  return (secret !== undefined && text.includes(secret)) || holdsKeyLook(text);
}

/** True for a key that somebody brought along, which does not begin as ours do. */
function isOtherKey(secret: string | undefined): boolean {
  return secret !== undefined && !secret.includes(KEY_PREFIX);
}

/** The query for the record: the managed key masked under any name that it was given. */
export function maskKey(query: string, secret: string | undefined): string {
  return secret === undefined || query === ""
    ? query
    : query.replaceAll(encodeURIComponent(secret), encodeURIComponent(maskSecret(secret)));
}

type MaskedField = { readonly name: string; readonly secret: string; readonly masked: string };

/** By value: fields with managed keys. Keys are in memory anyway; the map is bounded by starting over. */
const maskedFields = new Map<string, MaskedField>();

/** Masking a long secret twice costs more than all else of a head: a key comes again and again in the same field. */
function maskKeyField(name: string, value: string, secret: string): string {
  const known = maskedFields.get(value);
  if (known?.name === name && known.secret === secret) return known.masked;
  const masked = maskHeader(name, value.replaceAll(secret, maskSecret(secret)));
  if (maskedFields.size >= 1000) maskedFields.clear();
  maskedFields.set(value, { name, secret, masked });
  return masked;
}

/** Names (lower-case) and values, those of a repeated name joined. Cost: once for all; each look at `headers` makes new texts. */
export function listFields(headers: Headers): HeaderList {
  const fields: HeaderList[number][] = [];
  headers.forEach((value, name) => {
    fields.push([name, value]);
  });
  return fields;
}

/**
 * Our own selectors (`x-provider`, `x-modeltap-*`) are taken out, hop-by-hop fields end here, and the three defaults
 * that fetch would otherwise choose itself are set: a client that sent no `accept-encoding` cannot read a compressed answer.
 * @param secret the managed key the request came with: no field that holds it, or one that looks like it, goes on
 */
export function toRequestHead(fields: HeaderList, version: string, secret?: string): RequestHead {
  const outgoing: Record<string, string> = {};
  const kept: HeaderList[number][] = [];
  const edits: Edit[] = [];
  const connectionNames = parseConnectionNames(fields.find(([name]) => name === "connection")?.[1]);
  const isOther = isOtherKey(secret);
  let contentLength: number | undefined;
  for (const field of fields) {
    const [name, value] = field;
    const isKey = holdsKey(value, secret, isOther);
    const shown = isKey && secret !== undefined ? maskKeyField(name, value, secret) : maskHeader(name, value);
    kept.push(shown === value ? field : [name, shown]);
    if (name === "content-length") {
      // The same length twice comes as a list.
      contentLength = Number(value.split(",", 1)[0]);
    } else if (name === "host" || isHopByHop(name) || connectionNames?.has(name) === true) {
      // Ends here.
    } else if (name === "x-provider" || name.startsWith("x-modeltap-")) {
      edits.push({ side: "request", kind: "selector_removed", detail: name });
    } else if (isKey || name === "x-admin-token") {
      edits.push({ side: "request", kind: "key_removed", detail: name });
    } else if (name === "cookie" && findLoginCookie(value) !== undefined) {
      edits.push({ side: "request", kind: "key_removed", detail: name });
      const rest = withoutLoginCookie(value);
      if (rest !== undefined) outgoing[name] = rest;
    } else {
      outgoing[name] = value;
    }
  }
  if (outgoing["user-agent"] === undefined) setDefault("user-agent", `modeltap/${version}`);
  if (outgoing["accept"] === undefined) setDefault("accept", "*/*");
  if (outgoing["accept-encoding"] === undefined) setDefault("accept-encoding", "identity");
  return { outgoing, kept, edits, contentLength };

  function setDefault(name: string, value: string): void {
    outgoing[name] = value;
    edits.push({ side: "request", kind: "default_set", detail: name });
  }
}
