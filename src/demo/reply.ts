/** @module Which reply the fake model gives: the scripted one to a scripted line, an honest one to everything else. */

import { fillSchema } from "./fill-schema.ts";
import type { JsonRecord } from "./json.ts";
import { SCENARIOS } from "./scenario/scenarios.ts";
import type { Reply } from "./script.ts";

/** Told to whoever sends a request of their own to the demo. */
const HONEST_TEXT =
  "This is the demo of modeltap: no model was asked and nothing left this machine. Start modeltap without --demo to reach a real provider.";

/**
 * What was said last decides; the scenarios never use one line for two replies. Who asks for JSON gets the honest reply in
 * it: a program that waits for a decision of a model would ask again and again.
 */
export function createReplies(): (lastText: string, schema?: JsonRecord) => Reply {
  const scripted = new Map<string, Reply>();
  for (const { steps } of SCENARIOS) {
    for (const step of steps) {
      if (step.kind === "turn" || step.kind === "aside") scripted.set(step.says, step.reply);
    }
  }
  return (lastText, schema) =>
    scripted.get(lastText) ?? {
      text: schema === undefined ? HONEST_TEXT : JSON.stringify(fillSchema(schema, HONEST_TEXT)),
    };
}
