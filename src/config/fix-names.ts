/** @module Names of compatibility fixes in the configuration: known ones, each once, in the order in which they see an answer. */

import { FIX_IDS } from "../domain/fix.ts";
import { suggest } from "./nearest.ts";
import { showValue } from "./problem.ts";

/** What is wrong with a list of names; undefined when it is right. */
export function findWrongFix(names: readonly string[]): string | undefined {
  const unknown = names.find((name) => !FIX_IDS.includes(name));
  if (unknown !== undefined) {
    return `must name compatibility fixes, not ${showValue(unknown)}${suggest(unknown, FIX_IDS)}; there is ${FIX_IDS.join(", ")}`;
  }
  const doubled = names.find((name, at) => names.indexOf(name) !== at);
  return doubled === undefined ? undefined : `must not name ${doubled} twice`;
}
