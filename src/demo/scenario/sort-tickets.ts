/** @module A small job that sorts support tickets, one short call each and nothing streamed. */

import type { Scenario, Step } from "../script.ts";

const TICKETS: readonly (readonly [text: string, label: string])[] = [
  ["I was charged twice for order 5512.", "billing"],
  ["The app closes by itself when I open the map.", "fault"],
  ["Can you also deliver on Sundays?", "question"],
  ["Please delete my account and everything about me.", "privacy"],
  ["Wow, it came a day early. Thank you!", "praise"],
];

const SYSTEM = "Label the ticket as billing, fault, question, privacy or praise. Answer with the label alone.";
const MODEL = "llama-3.3-70b-versatile";

export const SORT_TICKETS: Scenario = {
  id: "sort-tickets",
  client: "groq-sdk",
  model: MODEL,
  streaming: false,
  system: SYSTEM,
  tools: [],
  steps: TICKETS.map(([text, label]): Step => ({
    kind: "aside",
    model: MODEL,
    system: SYSTEM,
    says: `Ticket: ${text}`,
    reply: { text: label },
  })),
};
