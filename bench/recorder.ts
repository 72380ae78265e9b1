/** @module Claim: the recorder reads faster than traffic comes, and catches up after it was away. */

import { eventually } from "../test/support/gate.ts";
import type { Modeltap } from "../test/support/modeltap.ts";
import { readCpuMs } from "./harness/cost.ts";
import { startLoad } from "./harness/round.ts";
import { toNumberText, type Scale, type Section } from "./harness/section.ts";
import { createSetup, type Setup } from "./harness/target.ts";

type Drain = { readonly exchanges: number; readonly seconds: number; readonly cpuUs: number };

export async function measureRecorder(scale: Scale): Promise<Section> {
  await using setup = await createSetup();
  const size = scale === "full" ? 12_000 : 300;
  const plain = await drain(setup, { exchanges: size, events: 0 });
  const streamed = await drain(setup, { exchanges: Math.round(size / 4), events: 31 });
  const row = (name: string, { exchanges, seconds, cpuUs }: Drain) => [
    name,
    String(exchanges),
    toNumberText(seconds),
    toNumberText(exchanges / seconds),
    toNumberText(cpuUs),
  ];
  return {
    title: "Recorder",
    method:
      "The recorder is stopped by a signal while traffic passes, then let go: how fast it turns the journal's backlog into rows, " +
      "until the last exchange shows in /stats/summary.",
    columns: ["backlog", "exchanges", "seconds", "exchanges/s", "CPU µs/exchange"],
    rows: [row("1 KB answers", plain), row("answers of 31 events", streamed)],
    figures: [
      {
        name: "recorder rate, 1 KB answers",
        value: plain.exchanges / plain.seconds,
        unit: "exchanges/s",
        aim: { is: "at least", value: 3_000 },
      },
      {
        name: "recorder rate, answers of 31 events",
        value: streamed.exchanges / streamed.seconds,
        unit: "exchanges/s",
      },
    ],
  };
}

async function drain(setup: Setup, order: { readonly exchanges: number; readonly events: number }): Promise<Drain> {
  const { recorder } = await setup.modeltap.pids();
  const before = await countRows(setup.modeltap);
  process.kill(recorder, "SIGSTOP");
  let passed = 0;
  try {
    const load = startLoad({
      url: setup.target("modeltap").url,
      connections: 32,
      requestBytes: 1024,
      answer: order.events === 0 ? { type: "body", bytes: 1024 } : { type: "events", events: order.events, paceMs: 0 },
      warmupMs: 0,
      durationMs: 60_000,
      maxRequests: order.exchanges,
    });
    passed = (await load.result).totalRequests;
    await load.child.exited;
  } finally {
    process.kill(recorder, "SIGCONT");
  }
  const cpuBefore = readCpuMs(recorder);
  const startedAt = performance.now();
  await eventually(
    async () => ((await countRows(setup.modeltap)) >= before + passed ? true : undefined),
    `${passed} more rows`,
    120_000,
  );
  const seconds = (performance.now() - startedAt) / 1000;
  return { exchanges: passed, seconds, cpuUs: ((readCpuMs(recorder) - cpuBefore) * 1000) / passed };
}

/** All finished generation calls in the store. */
async function countRows(modeltap: Modeltap): Promise<number> {
  // The documented shape of /stats/summary; a wrong one gives NaN and the wait above says so.
  const summary = (await modeltap.stats("/stats/summary")) as { totals?: { total_requests?: number } };
  return summary.totals?.total_requests ?? Number.NaN;
}
