/** @module How long the checks of `/ready` took, as a histogram by check and status. */

import type { Metric } from "../telemetry/exposition.ts";
import type { CheckResult } from "./readiness.ts";

const BOUNDS_S = [0.001, 0.005, 0.025, 0.1, 0.3, 1] as const;

export class CheckTimes {
  readonly #series = new Map<string, { check: string; status: string; sum: number; classes: number[] }>();

  add(check: string, { status, responseTime = 0 }: CheckResult): void {
    const name = `${check} ${status}`;
    const known = this.#series.get(name) ?? { check, status, sum: 0, classes: [...BOUNDS_S, 0].map(() => 0) };
    this.#series.set(name, known);
    const seconds = responseTime / 1000;
    const found = BOUNDS_S.findIndex((bound) => seconds <= bound);
    const at = found === -1 ? BOUNDS_S.length : found;
    known.classes[at] = (known.classes[at] ?? 0) + 1;
    known.sum += seconds;
  }

  metric(): Metric {
    return {
      name: "modeltap_ready_check_seconds",
      help: "How long the checks of /ready took.",
      type: "histogram",
      samples: [...this.#series.values()].map(({ check, status, sum, classes }) => ({
        labels: { check, status },
        bounds: BOUNDS_S,
        classes,
        sum: Number(sum.toFixed(6)),
      })),
    };
  }
}
