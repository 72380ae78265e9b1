/** @module The parameters of a tool as JSON Schema. */

import type { JsonRecord } from "../json.ts";
import type { ToolOffer } from "../script.ts";

export function toSchema({ parameters }: ToolOffer): JsonRecord {
  return {
    type: "object",
    properties: Object.fromEntries(parameters.map((name) => [name, { type: "string" }])),
    required: parameters,
  };
}
