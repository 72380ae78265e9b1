/** @module `modeltap config show`. */

import type { StartFlags } from "./cli/parse.ts";
import { listSettings } from "./settings-list.ts";
import { readConfiguration } from "./start.ts";

/** Every key, its value and where it comes from, as lines. URLs lose their credentials. */
export function showConfiguration(flags: StartFlags): string {
  const rows = listSettings(readConfiguration(flags));
  const keyWidth = Math.max(...rows.map(({ key }) => key.length));
  const valueWidth = Math.min(48, Math.max(...rows.map(({ value }) => value.length)));
  return rows
    .map(({ key, value, source }) => `${key.padEnd(keyWidth)}  ${value.padEnd(valueWidth)}  ${source}\n`)
    .join("");
}
