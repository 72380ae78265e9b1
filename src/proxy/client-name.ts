/** @module The client of a request by its head alone, for limits: as the record names it, where the body is not needed for it. */

import { findBilling } from "../provider/billing.ts";
import { findClient } from "../session/client.ts";
import { readOverrides } from "../session/override.ts";
import type { Evidence } from "../session/request.ts";
import { findTool } from "../session/tool.ts";
import type { HashCredential } from "./credential.ts";

export type ClientNamer = (headers: Headers, query: string) => string;

/**
 * Tool and instance. An id that stands in the body does not count: such clients are told apart by their credential.
 * @param names configured names by hash of the credential
 * Cost: some tens of look-ups of fields.
 */
export function createClientNamer(hash: HashCredential, names?: ReadonlyMap<string, string>): ClientNamer {
  return (headers, query) => {
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
  };
}
