/** @module A person lets a terminal agent on Gemini explain an unknown repository. */

import type { Scenario, ToolOffer } from "../script.ts";
import { toFileTree, toSourceFile } from "./material.ts";

const TOOLS: readonly ToolOffer[] = [
  { name: "read_file", description: "Returns the text of a file.", parameters: ["absolute_path"] },
  { name: "list_directory", description: "Lists the entries of a folder.", parameters: ["path"] },
  { name: "search_file_content", description: "Finds lines by a regular expression.", parameters: ["pattern"] },
];

const QUESTION = "How does this shop work out the tax of an order? I am new here.";

export const EXPLAIN_CODE: Scenario = {
  id: "explain-code",
  client: "gemini-cli",
  model: "gemini-2.5-pro",
  streaming: true,
  system: `You help a person understand and change a code base from their terminal. Read before you claim. Name the files you speak of. Keep answers short enough to read at once.\n\nFolder structure:\n${toFileTree("harbour-market")}`,
  tools: TOOLS,
  steps: [
    {
      kind: "aside",
      model: "gemini-2.5-flash-lite",
      system: "Decide how hard the request is, on a scale from 1 to 100. Answer with JSON and nothing else.",
      says: `Rate this request: ${QUESTION}`,
      reply: { text: '{"complexity_reasoning":"Needs two or three files to be read.","complexity_score":42}' },
    },
    {
      kind: "turn",
      by: "person",
      says: QUESTION,
      reply: {
        thinking: "The name tells where to begin: the tax file under orders.",
        text: "I'll start with the file that has tax in its name.",
        toolCall: { name: "read_file", input: { absolute_path: "/home/demo/harbour-market/src/orders/tax.ts" } },
      },
    },
    {
      kind: "turn",
      by: "tool",
      says: toSourceFile("src/orders/tax.ts", [
        "",
        "export function taxOf(order: Order): number {",
        "  return order.lines.reduce((sum, line) => sum + (findTax(line, RATES) ?? 0), 0);",
        "}",
      ]),
      reply: {
        thinking: "Rates come from elsewhere. One search tells who fills them.",
        toolCall: { name: "search_file_content", input: { pattern: "RATES\\s*=" } },
      },
    },
    {
      kind: "turn",
      by: "tool",
      says: "Found 1 match:\nsrc/billing/tax.ts:12: export const RATES = await readRates(config.ratesFile);",
      reply: {
        thinking: "That is the whole chain. A short list reads best.",
        text: "In three steps:\n\n1. **Rates** are read once at the start, from the file named by `ratesFile` (`src/billing/tax.ts`, line 12).\n2. **Each line** of an order is multiplied by the rate of its country in `findTax` (`src/orders/tax.ts`). A country without a rate gives nothing, not zero.\n3. **The order** adds its lines up in `taxOf`, where that nothing does become zero.\n\nStep 3 is worth a second look: an order to a country nobody has set a rate for is sold without tax, and nobody is told.",
      },
    },
    {
      kind: "turn",
      by: "person",
      says: "Good catch. What would you change about the silent zero?",
      reply: {
        thinking: "Failing the sale may be too harsh; holding the order is the usual way.",
        text: "I would let `taxOf` return `undefined` as soon as one line has no rate, and put such an order on hold with the reason *no tax rate for this country*. The sale is not lost, and a person sees it the same day. It takes a change of about ten lines in `taxOf` and one new state of an order.",
      },
    },
  ],
};
