/** @module What can be set on the journal, and the defaults. */

import type { JournalProblem } from "./problem.ts";

export type JournalOptions = {
  /** Created with mode 0700 when missing. */
  readonly directory: string;
  readonly logSegmentBytes?: number;
  readonly bodySegmentBytes?: number;
  /** Largest write call, and the size of the buffer bodies are collected in. */
  readonly burstBytes?: number;
  /** Longest time a body waits in the buffer. */
  readonly flushMs?: number;
  /** An append that took longer sends the following entries to memory. */
  readonly slowMs?: number;
  /** Bound of memory mode. */
  readonly memoryBytes?: number;
  /** How often the disk is tried again, and disk use looked at. */
  readonly retryMs?: number;
  /** Longest time one slice of the drain from memory to disk holds the event loop. */
  readonly sliceMs?: number;
  /** Bound of both series on disk. */
  readonly maxBytes?: number;
  /** Body entries are refused while less is free, or a smaller part of the file system. */
  readonly minFreeBytes?: number;
  readonly minFreeFraction?: number;
  /**
   * Heads and ends of one turn of the event loop share their write calls, unless no other exchange runs; false writes
   * each before the call returns.
   */
  readonly bursts?: boolean;
  /** fsync after each write: survives power loss, costs milliseconds. */
  readonly sync?: boolean;
  readonly nowMs?: () => number;
  readonly monotonicMs?: () => number;
  /** Told at most once a minute for each kind. */
  readonly onProblem?: (problem: JournalProblem) => void;
};

const MIB = 1024 * 1024;
/** Every option with its default filled in. */
export type JournalSettings = Required<JournalOptions>;

const DEFAULTS: Omit<JournalSettings, "directory"> = {
  logSegmentBytes: 8 * MIB,
  bodySegmentBytes: 32 * MIB,
  burstBytes: MIB / 4,
  flushMs: 5,
  slowMs: 50,
  memoryBytes: 64 * MIB,
  retryMs: 1000,
  sliceMs: 5,
  maxBytes: 4096 * MIB,
  minFreeBytes: 2048 * MIB,
  minFreeFraction: 0.05,
  bursts: true,
  sync: false,
  nowMs: Date.now,
  monotonicMs: () => performance.now(),
  onProblem: (): void => {},
};

/** Fills in the defaults. */
export function toJournalSettings(options: JournalOptions): JournalSettings {
  return { ...DEFAULTS, ...options };
}
