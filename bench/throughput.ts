/** @module Claim: a request through modeltap costs little more than through any proxy on the same runtime. */

import { median } from "./harness/quantile.ts";
import { runRounds, type Summary } from "./harness/round.ts";
import { toNumberText, type Figure, type Scale, type Section } from "./harness/section.ts";
import { createSetup, type TargetName } from "./harness/target.ts";

const SIZES = [
  { text: "1 KB", bytes: 1024 },
  { text: "100 KB", bytes: 100 * 1024 },
  { text: "1 MB", bytes: 1024 * 1024 },
];

type Measured = {
  readonly size: string;
  readonly connections: number;
  readonly summaries: ReadonlyMap<TargetName, Summary>;
};

export async function measureThroughput(scale: Scale): Promise<Section> {
  await using setup = await createSetup();
  const measured: Measured[] = [];
  for (const size of scale === "full" ? SIZES : SIZES.slice(0, 2)) {
    for (const connections of [1, 64]) {
      const order = {
        connections,
        requestBytes: size.bytes,
        answer: { type: "body", bytes: size.bytes },
        warmupMs: scale === "full" ? 500 : 50,
        // Large bodies write much to disk: their rounds are shorter.
        durationMs: scale === "full" ? (size.bytes > 500_000 ? 1_000 : 2_000) : 150,
      } as const;
      const summaries = await runRounds(setup.targets, order, scale === "full" ? 5 : 1);
      measured.push({ size: size.text, connections, summaries });
    }
  }
  return {
    title: "Requests",
    method:
      "POST with a JSON body of the size named, answered by a body of the same size; each connection asks again as soon as " +
      "it has its answer. CPU counts user and system time until all processes rest again, recording included. " +
      "The bare relay lets Bun pass answers from socket to socket; `reading` is the same relay that has each piece of an answer " +
      "in its hands and does nothing with it, which is the least that recording costs on this runtime. What modeltap's proxy " +
      "process spends beyond that goes into deciding about the request and into the journal, and all other processes share the " +
      "cores with it: on few of them their CPU is missing in the throughput.",
    columns: [
      "bodies",
      "connections",
      "way",
      "requests/s",
      "p50 ms",
      "p99 ms",
      "CPU µs/request",
      "of these in the proxy process",
    ],
    rows: measured.flatMap(toRows),
    figures: [...measured.flatMap(toFigures), ...summarize(measured)],
  };
}

function toRows({ size, connections, summaries }: Measured): string[][] {
  return [...summaries].map(([name, summary]) => [
    size,
    String(connections),
    name,
    ...[summary.requestsPerSecond, summary.p50Ms, summary.p99Ms].map(toNumberText),
    name === "direct" ? "" : toNumberText(summary.cpuUs),
    name === "direct" ? "" : toNumberText(summary.proxyCpuUs),
  ]);
}

function toFigures({ size, connections, summaries }: Measured): Figure[] {
  const [direct, relay, reading, modeltap] = (["direct", "relay", "reading", "modeltap"] as const).map((name) =>
    summaries.get(name),
  );
  if (direct === undefined || relay === undefined || reading === undefined || modeltap === undefined) return [];
  const where = `${size}, ${connections} ${connections === 1 ? "connection" : "connections"}`;
  if (connections > 1) {
    const value = modeltap.requestsPerSecond / relay.requestsPerSecond;
    return [
      { name: `throughput against the bare relay, ${where}`, value, unit: "×", aim: { is: "at least", value: 0.6 } },
      {
        name: `throughput of the reading relay against the bare one, ${where}`,
        value: reading.requestsPerSecond / relay.requestsPerSecond,
        unit: "×",
      },
      {
        name: `CPU of the proxy process beyond the reading relay's, ${where}`,
        value: modeltap.proxyCpuUs - reading.proxyCpuUs,
        unit: "µs/request",
        isCoarse: true,
      },
      {
        name: `CPU of recorder and api beside it, ${where}`,
        value: modeltap.cpuUs - modeltap.proxyCpuUs,
        unit: "µs/request",
        isCoarse: true,
      },
    ];
  }
  return [
    {
      name: `added p50 against the bare relay's, ${where}`,
      value: (modeltap.p50Ms - direct.p50Ms) / (relay.p50Ms - direct.p50Ms),
      unit: "×",
      aim: { is: "at most", value: 1.5 },
    },
    { name: `added p50, ${where}`, value: modeltap.p50Ms - direct.p50Ms, unit: "ms" },
    { name: `added p99, ${where}`, value: modeltap.p99Ms - direct.p99Ms, unit: "ms" },
  ];
}

function summarize(measured: readonly Measured[]): Figure[] {
  const ratios = measured.map(({ summaries }) => {
    const [relay, modeltap] = [summaries.get("relay"), summaries.get("modeltap")];
    return relay === undefined || modeltap === undefined ? Number.NaN : modeltap.proxyCpuUs / relay.cpuUs;
  });
  const failures = measured.reduce((sum, { summaries }) => sum + (summaries.get("modeltap")?.failures ?? 0), 0);
  return [
    {
      name: "CPU of the proxy process against the bare relay, median of all rows",
      value: median(ratios),
      unit: "×",
      isCoarse: true,
    },
    { name: "failed requests through modeltap", value: failures, unit: "", aim: { is: "at most", value: 0 } },
  ];
}
