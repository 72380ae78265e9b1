/** @module The fixes of one exchange: begun when its request is known, put in the answer's way when its head is. */

import type { AppliedFix, FixOutcome, FixWarning } from "../domain/fix.ts";
import { parseMediaType } from "../http/headers.ts";
import { joinBytes, parseJsonBytes } from "../http/json.ts";
import type { Fix, FixReport, FixRun } from "./fix.ts";
import { BodyTransform, EventTransform, type Transform } from "./transform.ts";

/** Warnings of one answer beyond this many say nothing new. */
const MAX_WARNINGS = 20;

export type StartedFixes = {
  /** Grows while the answer passes. */
  readonly outcome: FixOutcome;
  /** True when an answer can need them: its bytes must then come uncompressed. */
  readonly areNeeded: boolean;
  /** What the answer goes through; undefined when it passes as it is. */
  toTransform(answer: FixableAnswer): Transform | undefined;
};

export type FixableAnswer = {
  readonly contentType: string | null;
  /** Content coding that hides the bytes from us. */
  readonly isEncoded: boolean;
};

/** @param body bytes of the request; undefined when they are encoded, or were not held */
export function startFixes(
  fixes: readonly Fix[],
  call: { readonly exchangeId: string; readonly body: Uint8Array | undefined },
): StartedFixes {
  const applied: AppliedFix[] = [];
  const warnings: FixWarning[] = [];
  const runs: { readonly run: FixRun; readonly report: FixReport }[] = [];
  const requestBody = call.body === undefined ? undefined : parseJsonBytes(call.body);
  for (const fix of fixes) {
    const report = toReport(fix.id);
    if (call.body === undefined) report.warn("the request cannot be read, so its answer is left as it is");
    const run = begin(fix, { exchangeId: call.exchangeId, requestBody }, report);
    if (run !== undefined) runs.push({ run, report });
  }

  function toReport(fix: string): FixReport {
    return {
      applied: (change) => void applied.push({ fix, ...change }),
      warn: (text) => void (warnings.length < MAX_WARNINGS && warnings.push({ fix, text })),
    };
  }

  return {
    outcome: { configured: fixes.map(({ id }) => id), applied, warnings },
    areNeeded: runs.length > 0,
    toTransform({ contentType, isEncoded }) {
      if (runs.length === 0) return undefined;
      const type = parseMediaType(contentType) ?? "";
      const isStream = type === "text/event-stream";
      const isJson = type === "" || type.includes("json");
      if (isEncoded || (!isStream && !isJson)) {
        const why = isEncoded ? "the answer came compressed" : `the answer is ${type}`;
        for (const { report } of runs) report.warn(`${why}, so it is left as it is`);
        return undefined;
      }
      return chain(runs.map((options) => (isStream ? new EventTransform(options) : new BodyTransform(options))));
    },
  };
}

function begin(fix: Fix, call: Parameters<Fix["begin"]>[0], report: FixReport): FixRun | undefined {
  try {
    return fix.begin(call, report);
  } catch (failure) {
    report.warn(`the fix failed: ${failure instanceof Error ? failure.name : typeof failure}`);
    return undefined;
  }
}

/** Each sees what the one before it lets through. */
function chain(transforms: readonly Transform[]): Transform {
  const [only] = transforms;
  if (transforms.length === 1 && only !== undefined) return only;
  return {
    feed: (bytes) => transforms.reduce((visible, each) => (visible.length === 0 ? visible : each.feed(visible)), bytes),
    end(isCut) {
      let visible: Uint8Array = new Uint8Array(0);
      for (const each of transforms) {
        const through = visible.length === 0 ? visible : each.feed(visible);
        visible = joinBytes([through, each.end(isCut)]);
      }
      return visible;
    },
  };
}
