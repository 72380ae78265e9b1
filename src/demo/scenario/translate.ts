/** @module Short texts are translated through OpenRouter, which reports what it charged. */

import type { Scenario, Step } from "../script.ts";

const TEXTS: readonly (readonly [language: string, text: string, translation: string])[] = [
  [
    "German",
    "Your bread is in the oven. We will send you a message as soon as it has cooled down enough to be wrapped.",
    "Ihr Brot ist im Ofen. Wir schicken Ihnen eine Nachricht, sobald es so weit abgekühlt ist, dass wir es einpacken können.",
  ],
  [
    "Japanese",
    "The shop is closed on Monday because we are counting the stock. Orders are sent on Tuesday.",
    "棚卸しのため、月曜日は休業いたします。ご注文の品は火曜日に発送いたします。",
  ],
  [
    "Portuguese",
    "Please leave the bicycle where you found it, with the lock closed and the lights off.",
    "Por favor, deixe a bicicleta onde a encontrou, com o cadeado fechado e as luzes apagadas.",
  ],
  [
    "Arabic",
    "Doors open at seven. Children under twelve need no ticket.",
    "تُفتح الأبواب في السابعة. لا يحتاج الأطفال دون الثانية عشرة إلى تذكرة.",
  ],
];

export const TRANSLATE: Scenario = {
  id: "translate",
  client: "openrouter-sdk",
  model: "anthropic/claude-sonnet-4.5",
  streaming: true,
  system: "Translate what you are given, in the tone of a friendly shop. Answer with the translation alone.",
  tools: [],
  steps: TEXTS.map(([language, text, translation]): Step => ({
    kind: "turn",
    by: "person",
    says: `Into ${language}: ${text}`,
    reply: { text: translation },
  })),
};
