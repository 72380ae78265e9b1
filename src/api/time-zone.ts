/** @module The parameter `tz`. */

import { z } from "zod";

export const timeZone = z.string().refine(isTimeZone, "an IANA time zone such as UTC or Europe/Berlin");

function isTimeZone(text: string): boolean {
  try {
    return new Intl.DateTimeFormat("en", { timeZone: text }).resolvedOptions().timeZone !== "";
  } catch {
    return false;
  }
}
