/** @module Reads that may be slow run in child processes with a deadline: one that overruns it is killed, no one waits. */

import type { StoreReader } from "../store/store.ts";
import type { ApiErrorCode } from "../domain/api-error.ts";
import { ApiError } from "./error.ts";

/** The questions that may have to look at many rows; the others are look-ups by key. */
export const SLOW_READS = [
  "sumUsage",
  "sumUsageByTime",
  "sumRecent",
  "listKeyUse",
  "findSpan",
  "listExchanges",
  "countExchanges",
  "listSessions",
] as const;

export type SlowRead = (typeof SLOW_READS)[number];
export type SlowReads = Pick<StoreReader, SlowRead>;

/** What goes to a child and comes back, by the process channel. */
export type ReadRequest = { readonly id: number; readonly method: SlowRead; readonly args: readonly unknown[] };
export type ReadAnswer =
  | { readonly id: number; readonly ok: true; readonly value: unknown }
  | { readonly id: number; readonly ok: false; readonly code: ApiErrorCode; readonly message: string };

export type ReadPoolOptions = {
  /** Command line of one child; it must run `runReadWorker`. */
  readonly command: readonly string[];
  /** At most so many children; the second is started only while the first is busy. */
  readonly size?: number;
  /** Waiting included. */
  readonly deadlineMs?: number;
  /** Questions that may wait for a child; more are refused. */
  readonly maxWaiting?: number;
  /** A child beyond the first goes away after so long without work. */
  readonly idleMs?: number;
};

type Task = {
  readonly request: ReadRequest;
  readonly resolve: (value: unknown) => void;
  readonly reject: (error: ApiError) => void;
  timer: ReturnType<typeof setTimeout>;
};

type Child = { readonly process: Bun.Subprocess; task: Task | undefined; idleTimer?: ReturnType<typeof setTimeout> };

/**
 * Child processes and not threads, because terminating a thread leaves SQLite running inside it
 * to the end of its query; SIGKILL does not. A killed reader leaves nothing behind: it only reads.
 */
export class ReadPool implements SlowReads {
  readonly #options: Required<ReadPoolOptions>;
  readonly #children = new Set<Child>();
  readonly #waiting: Task[] = [];
  #nextId = 1;
  #closed = false;
  /** Queries that overran the deadline since the start. */
  timeouts = 0;

  constructor(options: ReadPoolOptions) {
    this.#options = { size: 2, deadlineMs: 10_000, maxWaiting: 100, idleMs: 30_000, ...options };
  }

  /** Starts the first child before it is needed. */
  warm(): void {
    if (this.#children.size === 0) this.#spawn();
  }

  sumUsage(...args: Parameters<StoreReader["sumUsage"]>): ReturnType<StoreReader["sumUsage"]> {
    return this.#ask("sumUsage", args);
  }

  sumUsageByTime(...args: Parameters<StoreReader["sumUsageByTime"]>): ReturnType<StoreReader["sumUsageByTime"]> {
    return this.#ask("sumUsageByTime", args);
  }

  listKeyUse(...args: Parameters<StoreReader["listKeyUse"]>): ReturnType<StoreReader["listKeyUse"]> {
    return this.#ask("listKeyUse", args);
  }

  listExchanges(...args: Parameters<StoreReader["listExchanges"]>): ReturnType<StoreReader["listExchanges"]> {
    return this.#ask("listExchanges", args);
  }

  countExchanges(...args: Parameters<StoreReader["countExchanges"]>): ReturnType<StoreReader["countExchanges"]> {
    return this.#ask("countExchanges", args);
  }

  sumRecent(...args: Parameters<StoreReader["sumRecent"]>): ReturnType<StoreReader["sumRecent"]> {
    return this.#ask("sumRecent", args);
  }

  findSpan(): ReturnType<StoreReader["findSpan"]> {
    return this.#ask("findSpan", []);
  }

  listSessions(...args: Parameters<StoreReader["listSessions"]>): ReturnType<StoreReader["listSessions"]> {
    return this.#ask("listSessions", args);
  }

  close(): void {
    this.#closed = true;
    for (const child of this.#children) this.#kill(child);
    for (const task of this.#waiting.splice(0)) settle(task, new ApiError("store_unavailable", "The api is stopping."));
  }

  #ask<Value>(method: SlowRead, args: readonly unknown[]): Promise<Value> {
    const { deadlineMs, maxWaiting } = this.#options;
    if (this.#closed || this.#waiting.length >= maxWaiting) {
      return Promise.reject(
        new ApiError("store_unavailable", "Too many questions are waiting; ask again in a moment."),
      );
    }
    return new Promise<Value>((resolve, reject) => {
      const task: Task = {
        request: { id: this.#nextId++, method, args },
        // The child runs the same method of the same contract, so its value has that method's type.
        resolve: (value) => resolve(value as Value),
        reject,
        timer: setTimeout(() => this.#expire(task), deadlineMs),
      };
      this.#waiting.push(task);
      this.#dispatch();
    });
  }

  #dispatch(): void {
    while (this.#waiting.length > 0) {
      const child = this.#findIdle() ?? (this.#children.size < this.#options.size ? this.#spawn() : undefined);
      if (child === undefined) return;
      const task = this.#waiting.shift();
      if (task === undefined) return;
      clearTimeout(child.idleTimer);
      child.task = task;
      child.process.send(task.request);
    }
  }

  #findIdle(): Child | undefined {
    return [...this.#children].find((child) => child.task === undefined);
  }

  #spawn(): Child {
    const process = Bun.spawn({
      cmd: [...this.#options.command],
      stdin: "ignore",
      stdout: "inherit",
      stderr: "inherit",
      serialization: "advanced",
      ipc: (answer) => this.#receive(child, answer as ReadAnswer), // our own child, our own message
      onExit: () => this.#lose(child),
    });
    const child: Child = { process, task: undefined };
    this.#children.add(child);
    return child;
  }

  #receive(child: Child, answer: ReadAnswer): void {
    const task = child.task;
    if (task === undefined || task.request.id !== answer.id) return;
    child.task = undefined;
    settle(task, answer.ok ? undefined : new ApiError(answer.code, answer.message), answer);
    if (this.#children.size > 1) child.idleTimer = setTimeout(() => this.#kill(child), this.#options.idleMs);
    this.#dispatch();
  }

  #expire(task: Task): void {
    this.timeouts += 1;
    const waitingAt = this.#waiting.indexOf(task);
    if (waitingAt >= 0) this.#waiting.splice(waitingAt, 1);
    const child = [...this.#children].find((candidate) => candidate.task === task);
    const seconds = this.#options.deadlineMs / 1000;
    settle(
      task,
      new ApiError(
        "query_timeout",
        `The question took longer than ${seconds} s and was stopped; narrow it by time or provider.`,
      ),
    );
    if (child === undefined) return;
    child.task = undefined;
    this.#kill(child);
    if (!this.#closed) this.#dispatch();
  }

  #lose(child: Child): void {
    const known = this.#children.delete(child);
    if (child.task)
      settle(child.task, new ApiError("store_unavailable", "The process that reads the store ended; ask again."));
    child.task = undefined;
    if (known && !this.#closed) this.#dispatch();
  }

  #kill(child: Child): void {
    clearTimeout(child.idleTimer);
    this.#children.delete(child);
    child.process.kill("SIGKILL");
    if (child.task) settle(child.task, new ApiError("store_unavailable", "The api is stopping."));
    child.task = undefined;
  }
}

function settle(task: Task, error: ApiError | undefined, answer?: ReadAnswer): void {
  clearTimeout(task.timer);
  if (error) task.reject(error);
  else if (answer?.ok) task.resolve(answer.value);
}
