/** @module The state of the proxy process as metrics: breakers, journal, recorder, children, refusals. */

import type { JournalStats } from "../journal/journal.ts";
import type { RecorderStatus } from "../message/status.ts";
import type { Metric, Sample } from "../telemetry/exposition.ts";
import type { BreakerFacts } from "./breaker.ts";
import type { ChildState } from "./supervise.ts";

export type StateFacts = {
  readonly version: string;
  readonly running: number;
  readonly heldBytes: number;
  /** Refusals that became no row, by their code. */
  readonly refused: Readonly<Record<string, number>>;
  readonly breakers: readonly BreakerFacts[];
  readonly journal: JournalStats;
  readonly recorder: RecorderStatus | undefined;
  readonly children: Readonly<Record<string, ChildState>>;
};

const BREAKER_STATES = { closed: 0, "half-open": 1, open: 2 } as const;

export function toStateMetrics(facts: StateFacts): readonly Metric[] {
  const { journal, recorder, breakers } = facts;
  const children = Object.entries(facts.children);
  return [
    gauge("modeltap_up", "1 while the program runs.", [{ value: 1 }]),
    gauge("modeltap_build_info", "Its version.", [{ labels: { version: facts.version }, value: 1 }]),
    gauge("modeltap_running_exchanges", "Exchanges under way.", [{ value: facts.running }]),
    gauge("modeltap_held_body_bytes", "Request bodies in memory.", [{ value: facts.heldBytes }]),
    counter(
      "modeltap_refusals_total",
      "Requests that modeltap refused itself, by the code of docs/errors.md.",
      Object.entries(facts.refused).map(([code, value]) => ({ labels: { code }, value })),
    ),
    gauge(
      "modeltap_breaker_state",
      "0 closed, 1 half-open, 2 open.",
      breakers.map(({ id, state }) => ({ labels: { upstream: id }, value: BREAKER_STATES[state] })),
    ),
    counter(
      "modeltap_breaker_opens_total",
      "Times a breaker opened.",
      breakers.map(({ id, opens }) => ({ labels: { upstream: id }, value: opens })),
    ),
    counter(
      "modeltap_breaker_failures_total",
      "Failures as breakers count them, by class.",
      breakers.flatMap(({ id, failuresByClass }) =>
        Object.entries(failuresByClass).map(([kind, value]) => ({ labels: { upstream: id, class: kind }, value })),
      ),
    ),
    gauge("modeltap_journal_memory_mode", "1 while the journal is in memory because its disk fails or is slow.", [
      { value: journal.mode === "memory" ? 1 : 0 },
    ]),
    gauge("modeltap_journal_disk_low", "1 while bodies are not kept because free disk is low.", [
      { value: journal.diskLow ? 1 : 0 },
    ]),
    gauge("modeltap_journal_bytes", "Size of the journal.", [
      { labels: { place: "disk" }, value: journal.bytesOnDisk },
      { labels: { place: "memory" }, value: journal.bytesInMemory },
    ]),
    counter("modeltap_journal_lost_entries_total", "Entries that could not be kept; 0 is the promise.", [
      { labels: { entry: "head" }, value: journal.lostHeads },
      { labels: { entry: "other" }, value: journal.lostEntries - journal.lostHeads },
    ]),
    counter("modeltap_journal_write_errors_total", "Write calls that failed.", [{ value: journal.writeErrors }]),
    ...(recorder === undefined ? [] : toRecorderMetrics(recorder)),
    gauge(
      "modeltap_child_running",
      "1 while a process beside the traffic runs.",
      children.map(([child, { state }]) => ({ labels: { child }, value: state === "running" ? 1 : 0 })),
    ),
    counter(
      "modeltap_child_restarts_total",
      "Times such a process was started again.",
      children.map(([child, { restarts }]) => ({ labels: { child }, value: restarts })),
    ),
  ];
}

/** The recorder's own counters begin again with it; Prometheus understands that. */
function toRecorderMetrics(recorder: RecorderStatus): readonly Metric[] {
  return [
    gauge("modeltap_recorder_lag_seconds", "How long ago all of the journal was in the store.", [
      { value: recorder.lagMs / 1000 },
    ]),
    gauge("modeltap_recorder_backlog_bytes", "Journal that was not read yet.", [{ value: recorder.backlogBytes }]),
    counter("modeltap_recorder_committed_total", "Rows written.", [{ value: recorder.committedExchanges }]),
    counter("modeltap_store_errors_total", "Writes of the store that failed.", [{ value: recorder.storeErrors }]),
    counter("modeltap_quarantined_total", "Exchanges stored unread because the recorder crashed on them.", [
      { value: recorder.quarantined },
    ]),
    counter("modeltap_journal_corrupt_frames_total", "Damaged frames of the journal.", [
      { value: recorder.corruptFrames },
    ]),
  ];
}

function gauge(name: string, help: string, samples: readonly Sample[]): Metric {
  return { name, help, type: "gauge", samples };
}

function counter(name: string, help: string, samples: readonly Sample[]): Metric {
  return { name, help, type: "counter", samples };
}
