/** @module Types of the schema for durations and sizes: text with a unit, or a plain number. */

import { z } from "zod";

import { parseDuration, parseSize } from "./unit.ts";
import type { ValueMeta } from "./value-meta.ts";

const DURATION = 'a duration such as "250ms", "10s", "15m" or "30d", or a plain number of milliseconds';
/** Milliseconds, at least `minMs`. */
export const duration = (minMs = 1) =>
  z
    .union([z.string(), z.number()])
    .transform((value, context) => {
      const durationMs = parseDuration(value);
      if (durationMs !== undefined && durationMs >= minMs) return durationMs;
      context.addIssue({ code: "invalid_value", values: [], input: value });
      return z.NEVER;
    })
    .meta({ kind: "duration", expects: minMs > 0 ? `${DURATION}, above 0` : DURATION } satisfies ValueMeta);

/** Bytes, at least `minBytes`. */
export const size = (minBytes = 0) =>
  z
    .union([z.string(), z.number()])
    .transform((value, context) => {
      const bytes = parseSize(value);
      if (bytes !== undefined && bytes >= minBytes) return bytes;
      context.addIssue({ code: "invalid_value", values: [], input: value });
      return z.NEVER;
    })
    .meta({
      kind: "size",
      expects: `a size such as "64MiB" or "2GB", or a plain number of bytes${minBytes > 0 ? `, at least ${minBytes}` : ""}`,
    } satisfies ValueMeta);

/** Milliseconds, or for ever. */
export const keepFor = () =>
  z
    .union([z.literal("forever"), duration()])
    .meta({ kind: "duration", expects: `"forever" or ${DURATION}` } satisfies ValueMeta);
