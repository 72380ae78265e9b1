/** @module A configuration that does not fit, for those who need to know no more than where the data is. */

import { ConfigError } from "./problem.ts";
import type { Settings } from "./schema.ts";

/** Of values that do not fit, with what could be read all the same: enough to find the data, not to forward anything. */
export class LoadError extends ConfigError {
  readonly values: Settings;

  constructor(problems: readonly string[], values: Settings) {
    super(problems);
    this.values = values;
  }
}
