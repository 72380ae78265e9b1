/** @module Where requests go now: the proxy tells the api after each change of its table, and when the api starts. */

import type { RoutingFacts } from "../domain/routing-facts.ts";

export type RoutingMessage = { readonly type: "routing"; readonly facts: RoutingFacts };

/** Undefined for any other message of the proxy. */
export function parseRoutingMessage(message: unknown): RoutingFacts | undefined {
  if (typeof message !== "object" || message === null || !("type" in message) || message.type !== "routing") return;
  if (!("facts" in message) || typeof message.facts !== "object" || message.facts === null) return;
  // Sent by our own parent, which runs the same version of this file.
  return message.facts as RoutingFacts;
}
