/** @module One round of load on one target, and rounds on several in turns so that the machine's mood falls on all. */

import { join } from "node:path";

import { readCpuOfAllMs, waitForQuiet } from "./cost.ts";
import type { LoadOrder, LoadResult } from "./order.ts";
import { median } from "./quantile.ts";
import type { Target } from "./target.ts";

export type Round = LoadResult & {
  /** Of all processes of the target, until they rest again. */
  readonly cpuMs: number;
  readonly proxyCpuMs: number;
};

/** Medians over rounds; CPU is µs per request. */
export type Summary = {
  readonly requestsPerSecond: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
  readonly firstByteP50Ms: number;
  readonly cpuUs: number;
  readonly proxyCpuUs: number;
  readonly failures: number;
};

export type RoundOrder = Omit<LoadOrder, "url">;

/** `beside` starts something that runs while the load does, and answers how to stop it. */
export async function runRound(
  target: Target,
  order: RoundOrder,
  beside?: () => { stop(): Promise<void> },
): Promise<Round> {
  const cpuBefore = readCpuOfAllMs(target.pids);
  const proxyBefore = readCpuOfAllMs(target.proxyPids);
  const other = beside?.();
  const load = startLoad({ ...order, url: target.url });
  const result = await load.result;
  await load.child.exited;
  await other?.stop();
  await waitForQuiet(target.pids);
  return {
    ...result,
    cpuMs: readCpuOfAllMs(target.pids) - cpuBefore,
    proxyCpuMs: readCpuOfAllMs(target.proxyPids) - proxyBefore,
  };
}

/** Rounds in turns over the targets: A B C, A B C, … */
export async function runRounds(
  targets: readonly Target[],
  order: RoundOrder,
  count: number,
): Promise<ReadonlyMap<Target["name"], Summary>> {
  const rounds = new Map<Target["name"], Round[]>(targets.map(({ name }) => [name, []]));
  for (let i = 0; i < count; i++) {
    for (const target of targets) rounds.get(target.name)?.push(await runRound(target, order));
  }
  return new Map([...rounds].map(([name, list]) => [name, summarize(list)]));
}

/** Spawns the load generator; close its standard input to end an order that holds. */
export function startLoad(order: LoadOrder) {
  const child = Bun.spawn(
    [process.execPath, "--no-env-file", join(import.meta.dir, "load.ts"), JSON.stringify(order)],
    {
      stdin: "pipe",
      stdout: "pipe",
      stderr: "inherit",
    },
  );
  return { child, result: readResult(child.stdout) };
}

async function readResult(stream: ReadableStream<Uint8Array>): Promise<LoadResult> {
  let printed = "";
  const decoder = new TextDecoder();
  for await (const bytes of stream) {
    printed += decoder.decode(bytes, { stream: true });
    if (printed.includes("\n")) break;
  }
  // NaN becomes null in JSON: a round without answers has no latencies.
  const result = JSON.parse(printed, (_, value: unknown) => (value === null ? Number.NaN : value)) as LoadResult;
  return result;
}

function summarize(rounds: readonly Round[]): Summary {
  const medianOf = (read: (round: Round) => number) => median(rounds.map(read));
  return {
    requestsPerSecond: medianOf((round) => round.requests / round.seconds),
    p50Ms: medianOf((round) => round.p50Ms),
    p99Ms: medianOf((round) => round.p99Ms),
    firstByteP50Ms: medianOf((round) => round.firstByteP50Ms),
    cpuUs: medianOf((round) => (round.cpuMs * 1000) / round.totalRequests),
    proxyCpuUs: medianOf((round) => (round.proxyCpuMs * 1000) / round.totalRequests),
    failures: rounds.reduce((sum, round) => sum + round.failures, 0),
  };
}
