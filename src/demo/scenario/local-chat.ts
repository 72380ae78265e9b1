/** @module A chat with a model on the person's own machine, which costs nothing. */

import type { Scenario } from "../script.ts";

export const LOCAL_CHAT: Scenario = {
  id: "local-chat",
  client: "ollama",
  model: "llama3.2",
  streaming: true,
  system: "You are a friendly kitchen companion. Keep it short.",
  tools: [],
  steps: [
    { kind: "models" },
    {
      kind: "turn",
      by: "person",
      says: "I have leeks, potatoes and a bit of cream. What is for dinner?",
      reply: {
        text: "Leek and potato soup. Soften the leeks in butter, add diced potatoes and water to cover, simmer for twenty minutes, blend, and stir the cream in at the end.",
      },
    },
    {
      kind: "turn",
      by: "person",
      says: "No blender here.",
      reply: {
        text: "No harm done. Mash the potatoes against the side of the pot with a fork; the soup gets rustic and just as good.",
      },
    },
    {
      kind: "turn",
      by: "person",
      says: "And something crunchy on top?",
      reply: { text: "Bread cubes, fried golden in what is left of the butter, with a pinch of salt." },
    },
  ],
};
