/** @module Whether a real answer is what its schema says, no more and no less. */

import { expect } from "bun:test";
import type { z } from "zod";

/** Fails on what the schema refuses, and on fields that it does not know. */
export function expectFit(schema: z.ZodType, answer: unknown): void {
  const parsed = schema.safeParse(answer);
  if (!parsed.success) throw new Error(JSON.stringify(parsed.error.issues.slice(0, 5), null, 1));
  expect(parsed.data).toEqual(answer);
}
