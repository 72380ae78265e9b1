/** @module The client of a request by its head alone, for limits: as the record names it, where the body is not needed for it. */

import type { HeaderList } from "../domain/exchange.ts";
import { findBilling } from "../provider/billing.ts";
import { CLIENT_FIELDS, findClient } from "../session/client.ts";
import { readOverrides } from "../session/override.ts";
import type { Evidence } from "../session/request.ts";
import { findTool, TOOL_RULES } from "../session/tool.ts";
import { CREDENTIAL_FIELDS, type HashCredential } from "./credential.ts";
import { forgetOldest } from "./forget-oldest.ts";

/** The head of a request: its fields are those of `headers`. */
export type NamedBy = { readonly headers: Headers; readonly fields: HeaderList; readonly query: string };

export type ClientNamer = (head: NamedBy) => string;

/** What clients say of themselves has no end; the memory of it has. */
const MAX_LOOKS = 1000;
const MAX_LOOK_CHARS = 4096;

/** Fields that a name may depend on; true where their value counts, not only whether they are there. */
export const ASKED = new Map<string, boolean>();
for (const { field, pattern } of TOOL_RULES) ASKED.set(field, ASKED.get(field) === true || pattern !== undefined);
for (const field of [...CREDENTIAL_FIELDS, ...CLIENT_FIELDS, "x-modeltap-tool", "x-modeltap-client"]) {
  ASKED.set(field, true);
}

/**
 * Tool and instance. An id that stands in the body does not count: such clients are told apart by their credential.
 * @param names configured names by hash of the credential
 * Cost: one loop over the fields and one look-up; all rules for a head that was not seen before.
 */
export function createClientNamer(hash: HashCredential, names?: ReadonlyMap<string, string>): ClientNamer {
  /** Heads hold credentials, which are in memory anyway. */
  const known = new Map<string, string>();

  function findName(headers: Headers, query: string): string {
    const evidence: Evidence = {
      provider: "",
      path: "",
      kind: "generation",
      billing: findBilling(headers.get("authorization"), headers.get("chatgpt-account-id")),
      credentialHash: hash(headers, query),
      body: undefined,
      header: (name) => headers.get(name)?.trim() || undefined,
      headerNames: [],
    };
    const overrides = readOverrides(evidence);
    const tool = overrides.tool ?? findTool(evidence)?.tool ?? "unknown";
    return `${tool} ${findClient(evidence, tool, { override: overrides.client, names })?.client ?? ""}`;
  }

  return ({ headers, fields, query }) => {
    // A credential may stand in the query, too.
    let look = query.includes("key=") ? `${query}\n` : "";
    for (const [name, value] of fields) {
      const isAsked = ASKED.get(name);
      if (isAsked === true) look += `${name}: ${value}\n`;
      else if (isAsked === false && value !== "") look += `${name}\n`;
    }
    let found = known.get(look);
    if (found === undefined) {
      found = findName(headers, query);
      if (look.length <= MAX_LOOK_CHARS) {
        forgetOldest(known, MAX_LOOKS);
        known.set(look, found);
      }
    }
    return found;
  };
}
