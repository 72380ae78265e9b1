/** @module Which reply the fake model gives: the scripted one to a scripted line, an honest one to everything else. */

import { SCENARIOS } from "./scenario/scenarios.ts";
import type { Reply } from "./script.ts";

/** Told to whoever sends a request of their own to the demo. */
const HONEST_REPLY: Reply = {
  text: "This is the demo of modeltap: no model was asked and nothing left this machine. Start modeltap without --demo to reach a real provider.",
};

/** What was said last decides; the scenarios never use one line for two replies. */
export function createReplies(): (lastText: string) => Reply {
  const scripted = new Map<string, Reply>();
  for (const { steps } of SCENARIOS) {
    for (const step of steps) {
      if (step.kind === "turn" || step.kind === "aside") scripted.set(step.says, step.reply);
    }
  }
  return (lastText) => scripted.get(lastText) ?? HONEST_REPLY;
}
