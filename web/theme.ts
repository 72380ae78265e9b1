/** @module Which colours are shown: the system's, or the ones chosen with the toggle. */

import { signal } from "@preact/signals";

export type Theme = "light" | "dark";

const KEY = "modeltap.theme";
const systemDark = matchMedia("(prefers-color-scheme: dark)");

/** The theme on the screen; follows the system until one is chosen. */
export const theme = signal<Theme>(readTheme());

systemDark.addEventListener("change", () => {
  theme.value = readTheme();
});

/** Shows the other theme; choosing what the system has anyway means following it again. */
export function toggleTheme(): void {
  const next: Theme = theme.value === "dark" ? "light" : "dark";
  const system: Theme = systemDark.matches ? "dark" : "light";
  if (next === system) delete document.documentElement.dataset["theme"];
  else document.documentElement.dataset["theme"] = next;
  try {
    if (next === system) localStorage.removeItem(KEY);
    else localStorage.setItem(KEY, next);
  } catch {
    // Without storage the choice lasts as long as the page.
  }
  theme.value = next;
}

function readTheme(): Theme {
  const chosen = document.documentElement.dataset["theme"];
  if (chosen === "light" || chosen === "dark") return chosen;
  return systemDark.matches ? "dark" : "light";
}
