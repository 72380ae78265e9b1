/** @module The head of a request as it goes on to the upstream, and as it is kept: only the closed list of edits. */

import type { Edit, HeaderList } from "../domain/exchange.ts";
import { isHopByHop, parseConnectionNames } from "../http/headers.ts";
import { maskHeader } from "../http/mask.ts";

export type RequestHead = {
  /** For `fetch`: lower-case names; without `host` and `content-length`, which fetch sets itself. */
  readonly outgoing: Record<string, string>;
  /** As the client sent it, secrets masked. */
  readonly kept: HeaderList;
  readonly edits: readonly Edit[];
  readonly contentLength: number | undefined;
};

/**
 * Our own selectors (`x-provider`, `x-modeltap-*`) are taken out, hop-by-hop fields end here, and the three defaults
 * that fetch would otherwise choose itself are set: a client that sent no `accept-encoding` cannot read a compressed answer.
 */
export function toRequestHead(headers: Headers, version: string): RequestHead {
  const outgoing: Record<string, string> = {};
  const kept: [string, string][] = [];
  const edits: Edit[] = [];
  const connectionNames = parseConnectionNames(headers.get("connection"));
  let contentLength: number | undefined;
  headers.forEach((value, name) => {
    kept.push([name, maskHeader(name, value)]);
    if (name === "content-length") {
      contentLength = Number(value);
      return;
    }
    if (name === "host" || isHopByHop(name) || connectionNames?.has(name) === true) return;
    if (name === "x-provider" || name.startsWith("x-modeltap-")) {
      edits.push({ side: "request", kind: "selector_removed", detail: name });
      return;
    }
    outgoing[name] = value;
  });
  if (outgoing["user-agent"] === undefined) setDefault("user-agent", `modeltap/${version}`);
  if (outgoing["accept"] === undefined) setDefault("accept", "*/*");
  if (outgoing["accept-encoding"] === undefined) setDefault("accept-encoding", "identity");
  return { outgoing, kept, edits, contentLength };

  function setDefault(name: string, value: string): void {
    outgoing[name] = value;
    edits.push({ side: "request", kind: "default_set", detail: name });
  }
}
