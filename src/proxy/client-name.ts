/** @module The client of a request by its head alone, for limits: as the record names it, where the body is not needed for it. */

import { findBilling } from "../provider/billing.ts";
import { findClient } from "../session/client.ts";
import { readOverrides } from "../session/override.ts";
import type { Evidence } from "../session/request.ts";
import { findTool, TOOL_RULES } from "../session/tool.ts";
import type { HashCredential } from "./credential.ts";

export type ClientNamer = (headers: Headers, query: string) => string;

/** Fields that rules ask for; true where one asks for their value, not only whether they are there. */
const ASKED = new Map<string, boolean>();
for (const { field, pattern } of TOOL_RULES) ASKED.set(field, ASKED.get(field) === true || pattern !== undefined);

/**
 * Tool and instance. An id that stands in the body does not count: such clients are told apart by their credential.
 * @param names configured names by hash of the credential
 * Cost: one loop over the fields and a few look-ups; all rules for a client that was not seen before.
 */
export function createClientNamer(hash: HashCredential, names?: ReadonlyMap<string, string>): ClientNamer {
  const tools = new Map<string, string>();

  function findToolOnce(looks: string, evidence: Evidence): string {
    let tool = tools.get(looks);
    if (tool === undefined) {
      tool = findTool(evidence)?.tool ?? "unknown";
      // What clients say of themselves has no end; the memory of it has.
      if (tools.size >= 1000) tools.clear();
      tools.set(looks, tool);
    }
    return tool;
  }

  return (headers, query) => {
    // Once over the fields that are there, not once over all that are asked for.
    const fields = new Map<string, string>();
    let looks = "";
    headers.forEach((value, name) => {
      fields.set(name, value);
      const isAsked = ASKED.get(name);
      if (isAsked !== undefined && value !== "") looks += isAsked ? `${name}: ${value}\n` : `${name}\n`;
    });
    const evidence: Evidence = {
      provider: "",
      path: "",
      kind: "generation",
      billing: findBilling(headers.get("authorization"), headers.get("chatgpt-account-id")),
      credentialHash: hash(headers, query),
      body: undefined,
      header: (name) => fields.get(name)?.trim() || undefined,
      headerNames: [],
    };
    const overrides = readOverrides(evidence);
    const tool = overrides.tool ?? findToolOnce(looks, evidence);
    return `${tool} ${findClient(evidence, tool, { override: overrides.client, names })?.client ?? ""}`;
  };
}
