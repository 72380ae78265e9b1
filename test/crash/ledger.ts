/** @module Compares what clients and provider saw with the rows of the record: nothing lost, nothing doubled, nothing wrong. */

import type { StoredExchange } from "../../src/store/store.ts";
import { createSqliteReader } from "../../src/store/sqlite/reader.ts";
import type { Upstream } from "../support/upstream.ts";
import { type Call, findMarker, toCall } from "./call.ts";
import type { Outcome } from "./load.ts";

export type Verdict = {
  readonly requests: number;
  readonly reachedUpstream: number;
  readonly wholeForClient: number;
  readonly rows: number;
  readonly states: Readonly<Record<string, number>>;
  /** Requests at the upstream without a row. */
  readonly lost: readonly string[];
  /** Answers a client had whole without a completed row of the right tokens. */
  readonly lostFinished: readonly string[];
  readonly doubled: readonly string[];
  /** Rows that say something that was not so, or changed after they were final. */
  readonly wrong: readonly string[];
  /** Calls that suffered although the proxy lived. */
  readonly disturbed: readonly string[];
};

/** Rows are read as they change, so that a check costs only what is new. */
export class Ledger {
  readonly #databasePath: string;
  readonly #reached = new Set<number>();
  readonly #whole = new Set<number>();
  readonly #rows = new Map<string, StoredExchange>();
  readonly #byMarker = new Map<number, Set<string>>();
  readonly #changedFinal: string[] = [];
  readonly #disturbed: string[] = [];
  #changeSeq = 0;
  #requests = 0;

  constructor(databasePath: string) {
    this.#databasePath = databasePath;
  }

  takeOutcome({ call, got, wasCalm, detail }: Outcome): void {
    this.#requests += 1;
    if (got === "whole") this.#whole.add(call.marker);
    else if (wasCalm && got === "cut" && call.kind !== "upstream-breaks") {
      this.#disturbed.push(`${call.marker} ${call.kind}: ${detail}`);
    }
  }

  /** Notes what reached the provider and lets it forget. */
  takeReached(upstream: Upstream): void {
    for (const { target } of upstream.requests.splice(0)) {
      const marker = findMarker(target);
      if (marker !== undefined) this.#reached.add(marker);
    }
  }

  /** Reads what changed since the last time; false when nothing had. */
  async readRows(): Promise<boolean> {
    const reader = createSqliteReader({ path: this.#databasePath });
    const before = this.#changeSeq;
    try {
      for (;;) {
        const rows = await reader.listChanges(this.#changeSeq, 1000);
        for (const row of rows) this.#takeRow(row);
        if (rows.length === 0) return this.#changeSeq !== before;
      }
    } finally {
      await reader.close();
    }
  }

  /** Everything known by now. */
  judge(): Verdict {
    const states: Record<string, number> = {};
    for (const { state } of this.#rows.values()) states[state] = (states[state] ?? 0) + 1;
    return {
      requests: this.#requests,
      reachedUpstream: this.#reached.size,
      wholeForClient: this.#whole.size,
      rows: this.#rows.size,
      states,
      lost: [...this.#reached].filter((marker) => !this.#byMarker.has(marker)).map(describe),
      lostFinished: [...this.#whole].filter((marker) => !this.#isCompleted(marker)).map((marker) => this.#tell(marker)),
      doubled: [...this.#byMarker].filter(([, ids]) => ids.size > 1).map(([marker]) => describe(marker)),
      wrong: [...this.#changedFinal, ...[...this.#rows.values()].flatMap(findFault)],
      disturbed: this.#disturbed,
    };
  }

  /** True when nothing more is to be waited for. */
  get isComplete(): boolean {
    const { lost, lostFinished, states } = this.judge();
    return lost.length + lostFinished.length + (states["pending"] ?? 0) === 0;
  }

  #takeRow(row: StoredExchange): void {
    const before = this.#rows.get(row.id);
    if (before !== undefined && before.state !== "pending") {
      this.#changedFinal.push(`${row.id} was ${before.state} and became ${row.state}`);
    }
    this.#changeSeq = row.changeSeq;
    this.#rows.set(row.id, row);
    const marker = findMarker(row.query) ?? -1;
    this.#byMarker.set(marker, (this.#byMarker.get(marker) ?? new Set()).add(row.id));
  }

  #isCompleted(marker: number): boolean {
    const [id] = this.#byMarker.get(marker) ?? [];
    return id !== undefined && this.#rows.get(id)?.state === "completed";
  }

  #tell(marker: number): string {
    const [id] = this.#byMarker.get(marker) ?? [];
    const row = id === undefined ? undefined : this.#rows.get(id);
    return `${describe(marker)}: ${row === undefined ? "no row" : `${row.id} ${row.state} ${row.warnings.join("; ")}`}`;
  }
}

function describe(marker: number): string {
  return `${marker} ${toCall(marker).kind}`;
}

/** What a row claims that cannot be. */
function findFault(row: StoredExchange): string[] {
  const marker = findMarker(row.query);
  if (marker === undefined) return [`${row.id} is of no call: ${row.path}?${row.query}`];
  const call = toCall(marker);
  const told = `${describe(marker)} ${row.id} ${row.state}`;
  if (!mayEndAs(call, row.state)) return [`${told}: ${row.errorCode ?? ""} ${row.endedBy ?? ""}`];
  if (row.state !== "completed") return [];
  const { inputTokens, outputTokens } = row.usage ?? {};
  const model = row.responseModel ?? row.requestModel;
  const isRight = inputTokens === call.inputTokens && outputTokens === call.outputTokens && model === call.model;
  if (isRight && row.statusCode === 200) return [];
  return [
    `${told}: status ${row.statusCode}, model ${model}, tokens ${inputTokens}/${outputTokens} ${row.warnings.join("; ")}`,
  ];
}

function mayEndAs(call: Call, state: StoredExchange["state"]): boolean {
  switch (state) {
    case "pending":
      return false;
    case "interrupted":
      return true;
    case "completed":
      return call.kind !== "upstream-breaks";
    case "failed":
      return call.kind === "upstream-breaks";
    case "aborted":
      return call.kind === "client-leaves";
  }
}
