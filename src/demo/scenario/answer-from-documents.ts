/** @module Documents are embedded, one of them too long for the model, and a question is answered from them. */

import type { Scenario } from "../script.ts";

const EMBEDDER = "text-embedding-3-small";

const RULE =
  "A parcel that was sent to a wrong address is sent again free of charge when the address on the label is ours, and for the price of the first parcel when it is the customer's. The depot keeps it for ten working days. ";

/** Longer than the 8,192 tokens the model takes. */
const WHOLE_MANUAL = RULE.repeat(180);

const CHAPTERS = ["Addresses", "Damage", "Customs", "Opening hours"].map((title) => `${title}. ${RULE.repeat(12)}`);

const QUESTION = "A customer typed the wrong house number. Do we pay for sending the parcel again?";

export const ANSWER_FROM_DOCUMENTS: Scenario = {
  id: "answer-from-documents",
  client: "openai-sdk",
  model: "gpt-5.1",
  streaming: false,
  system: "Answer from the passages alone, name the chapter, and say so when they do not tell.",
  tools: [],
  steps: [
    { kind: "models" },
    { kind: "embed", model: EMBEDDER, inputs: [WHOLE_MANUAL] },
    { kind: "embed", model: EMBEDDER, inputs: CHAPTERS },
    { kind: "embed", model: EMBEDDER, inputs: [QUESTION] },
    {
      kind: "turn",
      by: "person",
      says: `Passages:\n\n${CHAPTERS.slice(0, 2).join("\n\n")}\n\nQuestion: ${QUESTION}`,
      reply: {
        thinking: "The first chapter has the rule for both cases.",
        text: "No. When the address on the label is the customer's, sending it again costs the price of the first parcel (chapter *Addresses*). The parcel waits ten working days at the depot, so there is time to ask the customer first.",
      },
    },
    { kind: "embed", model: EMBEDDER, inputs: ["Who pays when the depot damaged the parcel?"] },
    {
      kind: "turn",
      by: "person",
      says: "And who pays when the depot damaged it?",
      reply: { text: "The passages do not tell. The chapter *Damage* only repeats the rule about addresses." },
    },
  ],
};
