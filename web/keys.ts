/** @module The keyboard: one table of keys, which the help dialog shows and the views act on. */

import { useLayoutEffect } from "preact/hooks";

export type KeyName =
  | "down"
  | "up"
  | "open"
  | "filter"
  | "follow"
  | "top"
  | "previous"
  | "next"
  | "back"
  | "help"
  | "dashboard"
  | "requests"
  | "settings"
  | "theme";

type KeyRow = {
  readonly name: KeyName;
  readonly keys: readonly string[];
  readonly label: string;
  readonly where: string;
};

/** Every key there is. */
export const KEYS: readonly KeyRow[] = [
  { name: "dashboard", keys: ["1"], label: "Dashboard", where: "Everywhere" },
  { name: "requests", keys: ["2"], label: "Requests", where: "Everywhere" },
  { name: "settings", keys: ["3"], label: "Settings", where: "Everywhere" },
  { name: "theme", keys: ["t"], label: "Light or dark", where: "Everywhere" },
  { name: "help", keys: ["?"], label: "This help", where: "Everywhere" },
  { name: "filter", keys: ["/"], label: "Go to the filter", where: "Requests" },
  { name: "down", keys: ["j", "ArrowDown"], label: "Next row", where: "Requests" },
  { name: "up", keys: ["k", "ArrowUp"], label: "Previous row", where: "Requests" },
  { name: "open", keys: ["Enter"], label: "Open the row", where: "Requests" },
  { name: "top", keys: ["g", "Home"], label: "To the newest row", where: "Requests" },
  { name: "follow", keys: ["f"], label: "Follow new rows", where: "Requests" },
  { name: "previous", keys: ["["], label: "Newer request", where: "One request" },
  { name: "next", keys: ["]"], label: "Older request", where: "One request" },
  { name: "back", keys: ["Escape"], label: "Back to the list", where: "One request" },
];

/** Binds keys while the component is shown; typing into a field is never taken. */
export function useKeys(actions: Partial<Record<KeyName, () => void>>): void {
  // Bound before the paint: a key pressed on what one sees must act on what one sees.
  useLayoutEffect(() => {
    const listen = (event: KeyboardEvent): void => {
      if (event.defaultPrevented || event.metaKey || event.ctrlKey || event.altKey) return;
      const target = event.target instanceof Element ? event.target : undefined;
      if (target?.closest("input, select, textarea, dialog[open]")) return;
      // Enter and the arrows belong to a focused control before they belong to the list.
      if (target?.closest("a, button, summary, [data-scrolls]") && /^(Enter|Arrow|Home)/.test(event.key)) return;
      const row = KEYS.find((candidate) => candidate.keys.includes(event.key) && actions[candidate.name]);
      const act = row && actions[row.name];
      if (act === undefined) return;
      event.preventDefault();
      act();
    };
    document.addEventListener("keydown", listen);
    return () => document.removeEventListener("keydown", listen);
  });
}
