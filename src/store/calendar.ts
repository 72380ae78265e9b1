/** @module Local days and hours out of 15-minute buckets, in any IANA time zone: every zone's offset is a multiple of 15 minutes. */

import { ROLLUP_BUCKET_MS } from "./rollup.ts";

/** A local day or hour: its text (`2026-11-21`, `2026-11-21 07:00`) and its first moment. */
export type Period = { readonly key: string; readonly startMs: number };

export interface Calendar {
  /** The local day or hour that holds a 15-minute bucket. */
  findPeriod(bucketMs: number): Period;
}

/**
 * A calendar for one zone. Where clocks go back, the hour that comes twice is one period; where they go forward, the
 * hour left out has none. Cost: two Intl calls per UTC day seen, up to 96 more on days of change.
 * Throws RangeError for a name that is no time zone.
 */
export function createCalendar(unit: "day" | "hour", timeZone: string): Calendar {
  const readOffset = createOffsetReader(timeZone);
  const unitMs = unit === "day" ? DAY_MS : HOUR_MS;
  const keyOf = (localMs: number): string => {
    const text = new Date(localMs).toISOString();
    return unit === "day" ? text.slice(0, 10) : `${text.slice(0, 10)} ${text.slice(11, 13)}:00`;
  };
  const localPeriod = (ms: number): number => Math.floor((ms + readOffset(ms)) / unitMs);

  return {
    findPeriod(bucketMs) {
      const period = localPeriod(bucketMs);
      const localMs = period * unitMs;
      const guessMs = localMs - readOffset(bucketMs);
      // Without a change of clocks the guess is right; with one, the start is where the period before ends.
      if (localPeriod(guessMs) === period && localPeriod(guessMs - ROLLUP_BUCKET_MS) < period) {
        return { key: keyOf(localMs), startMs: guessMs };
      }
      let startMs = bucketMs;
      while (localPeriod(startMs - ROLLUP_BUCKET_MS) === period) startMs -= ROLLUP_BUCKET_MS;
      return { key: keyOf(localMs), startMs };
    },
  };
}

/** Offset of local time from UTC in ms at a moment, remembered for whole UTC days without a change of clocks. */
function createOffsetReader(timeZone: string): (ms: number) => number {
  const format = new Intl.DateTimeFormat("en-US", {
    timeZone,
    hourCycle: "h23",
    year: "numeric",
    month: "numeric",
    day: "numeric",
    hour: "numeric",
    minute: "numeric",
  });
  const asked = new Map<number, number>();
  const ask = (ms: number): number => {
    const known = asked.get(ms);
    if (known !== undefined) return known;
    const parts: Record<string, number> = {};
    for (const { type, value } of format.formatToParts(ms)) parts[type] = Number(value);
    const { year = 0, month = 1, day = 1, hour = 0, minute = 0 } = parts;
    const offset = Date.UTC(year, month - 1, day, hour, minute) - ms;
    asked.set(ms, offset);
    return offset;
  };
  return (ms) => {
    const bucketMs = Math.floor(ms / ROLLUP_BUCKET_MS) * ROLLUP_BUCKET_MS;
    const dayMs = Math.floor(ms / DAY_MS) * DAY_MS;
    const atStart = ask(dayMs);
    return atStart === ask(dayMs + DAY_MS) ? atStart : ask(bucketMs);
  };
}

const HOUR_MS = 3_600_000;
const DAY_MS = 86_400_000;
