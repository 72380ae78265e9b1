/** @module What the journal reports when it cannot keep its promise, at most once a minute for each kind. */

export type JournalProblem = {
  readonly kind: "disk-failed" | "disk-slow" | "disk-low" | "entries-lost" | "segments-dropped";
  readonly message: string;
};

const QUIET_MS = 60_000;

/** Wraps a callback so that each kind passes at most once a minute and its exceptions go nowhere. */
export function createProblemReporter(
  onProblem: (problem: JournalProblem) => void,
  nowMs: () => number,
): (problem: JournalProblem) => void {
  const lastMs = new Map<JournalProblem["kind"], number>();
  return (problem) => {
    const last = lastMs.get(problem.kind);
    if (last !== undefined && nowMs() - last < QUIET_MS) return;
    lastMs.set(problem.kind, nowMs());
    try {
      onProblem(problem);
    } catch {
      // The journal must not fail because its observer did.
    }
  };
}
