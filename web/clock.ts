/** @module The time as state, so that "12 s ago" stays true while the page is open. */

import { signal } from "@preact/signals";

/** Now, moved on every five seconds while the page is seen. */
export const nowMs = signal(Date.now());

export function startClock(): void {
  setInterval(() => {
    if (!document.hidden) nowMs.value = Date.now();
  }, 5000);
  document.addEventListener("visibilitychange", () => {
    nowMs.value = Date.now();
  });
}
