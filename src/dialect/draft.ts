/** @module What a reader has understood so far of one answer; dialects write into it, value by value. */

import type { ExtraUsage, Usage } from "../domain/usage.ts";
import type { ReadContext, ReportedError } from "./dialect.ts";
import { type JsonRecord, mergeReported, toText } from "./value.ts";

/** What counts as reported mean: one wire family's rules. Undefined usage = the object held no counts. */
export type Accounting = {
  readonly usage?: Usage;
  readonly extraUsage?: readonly ExtraUsage[];
  readonly reportedCostNanoUsd?: number;
  /** The model that was billed, where the counts themselves name one. */
  readonly model?: string;
  readonly serviceTier?: string;
  readonly warnings?: readonly string[];
};

export type AccountRule = (reported: JsonRecord, draft: Draft) => Accounting;

const MAX_WARNINGS = 20;

/** Facts of one answer while it is read. Single facts are overwritten by later ones unless they are undefined. */
export class Draft {
  readonly context: ReadContext;
  model: string | undefined;
  responseId: string | undefined;
  finishReason: string | undefined;
  serviceTier: string | undefined;
  error: ReportedError | undefined;
  hasOutput = false;
  /** The last count of this answer was seen. */
  isUsageFinal = false;
  /** Some counts were seen, but the format promises later ones. */
  awaitsUsage = false;
  /** The values seen say that more will follow. */
  isOpen = false;
  /** The format's own last event was seen. */
  isDone = false;
  /** The model stopped; formats without a last event end here. */
  isStopped = false;
  reported: JsonRecord | undefined;
  rule: AccountRule | undefined;
  /** Counts of a second source, used only where the first is silent. */
  fallback: JsonRecord | undefined;
  readonly #warnings = new Set<string>();

  constructor(context: ReadContext) {
    this.context = context;
  }

  /** Counts that complete or replace, member by member, those seen before. */
  report(reported: JsonRecord, rule: AccountRule): void {
    this.reported = mergeReported(this.rule === rule ? this.reported : undefined, reported);
    this.rule = rule;
  }

  /** Counts that replace those seen before as a whole. */
  replaceReport(reported: JsonRecord, rule: AccountRule): void {
    this.reported = reported;
    this.rule = rule;
  }

  warn(warning: string): void {
    if (this.#warnings.size < MAX_WARNINGS) this.#warnings.add(warning);
  }

  get warnings(): readonly string[] {
    return [...this.#warnings];
  }
}

/** A wire format's rules for one answer. */
export type Grammar = {
  /** Understands one JSON object of the answer: the whole of it, or one event. `event` is the stream's name for it or empty. */
  readonly take: (draft: Draft, value: JsonRecord, event: string) => void;
  /** True for events that cannot matter any more, known by their name alone. */
  readonly isSkippable?: (event: string) => boolean;
  /** Last corrections from outside the body. */
  readonly finish?: (draft: Draft, accounting: Accounting) => Accounting;
  readonly isBillable?: boolean;
};

/** Where counts exist at all, a detail that was not reported is 0 (the convention of all dialects but Ollama). */
export function fillDetails(usage: Usage): Usage {
  return {
    ...usage,
    cacheReadTokens: usage.cacheReadTokens ?? 0,
    cacheWriteTokens: usage.cacheWriteTokens ?? 0,
    reasoningTokens: usage.reasoningTokens ?? 0,
  };
}

/** The same for formats that leave out counts of 0, input and output among them. */
export function fillZeros(usage: Usage): Usage {
  return { ...fillDetails(usage), inputTokens: usage.inputTokens ?? 0, outputTokens: usage.outputTokens ?? 0 };
}

/** Of model output only the presence matters: true for texts that are not empty. */
export function hasText(value: unknown): boolean {
  return typeof value === "string" && value !== "";
}

/** Reads common single facts: the first id, the last model and tier that are texts. */
export function takeIdentity(draft: Draft, value: JsonRecord): void {
  draft.model = toText(value["model"]) ?? draft.model;
  draft.responseId ??= toText(value["id"]);
  draft.serviceTier = toText(value["service_tier"]) ?? draft.serviceTier;
}
