/** @module Claim: a streamed answer costs little more per event than through any proxy on the same runtime. */

import { runRounds } from "./harness/round.ts";
import { toNumberText, type Figure, type Scale, type Section } from "./harness/section.ts";
import { createSetup } from "./harness/target.ts";

type Shape = {
  readonly events: number;
  readonly paceMs: number;
  readonly connections: number;
  readonly durationMs: number;
};

const SHAPES: Readonly<Record<Scale, readonly Shape[]>> = {
  full: [
    { events: 31, paceMs: 2, connections: 32, durationMs: 3_000 },
    // Each stream lasts 10 s: the time bounds when the last ones begin.
    { events: 500, paceMs: 20, connections: 64, durationMs: 1_000 },
  ],
  smoke: [
    { events: 31, paceMs: 1, connections: 8, durationMs: 200 },
    { events: 50, paceMs: 5, connections: 8, durationMs: 100 },
  ],
};

export async function measureSse(scale: Scale): Promise<Section> {
  await using setup = await createSetup();
  const rows: string[][] = [];
  const figures: Figure[] = [];
  for (const { events, paceMs, connections, durationMs } of SHAPES[scale]) {
    const summaries = await runRounds(
      setup.targets,
      { connections, requestBytes: 1024, answer: { type: "events", events, paceMs }, warmupMs: 0, durationMs },
      scale === "full" ? 3 : 1,
    );
    const shape = `${events} events, ${paceMs} ms apart`;
    for (const [name, summary] of summaries) {
      rows.push([
        shape,
        String(connections),
        name,
        toNumberText(summary.firstByteP50Ms),
        toNumberText(summary.p50Ms),
        name === "direct" ? "" : toNumberText(summary.cpuUs / events),
        name === "direct" ? "" : toNumberText(summary.proxyCpuUs / events),
      ]);
    }
    const [direct, relay, reading, modeltap] = (["direct", "relay", "reading", "modeltap"] as const).map((name) =>
      summaries.get(name),
    );
    if (direct === undefined || relay === undefined || reading === undefined || modeltap === undefined) continue;
    figures.push(
      {
        name: `CPU per event of the proxy process against the bare relay, ${shape}`,
        value: modeltap.proxyCpuUs / relay.cpuUs,
        unit: "×",
        isCoarse: true,
        aim: { is: "at most", value: 1.5 },
      },
      {
        name: `CPU per event of the reading relay against the bare one, ${shape}`,
        value: reading.proxyCpuUs / relay.cpuUs,
        unit: "×",
        isCoarse: true,
      },
      {
        name: `CPU per event of the proxy process against the reading relay, ${shape}`,
        value: modeltap.proxyCpuUs / reading.proxyCpuUs,
        unit: "×",
        isCoarse: true,
      },
      {
        name: `CPU per event of all processes against the bare relay, ${shape}`,
        value: modeltap.cpuUs / relay.cpuUs,
        unit: "×",
        isCoarse: true,
      },
      {
        name: `added time to the first byte, ${shape}`,
        value: modeltap.firstByteP50Ms - direct.firstByteP50Ms,
        unit: "ms",
      },
    );
  }
  return {
    title: "Streams of events",
    method:
      "Chat answers as server-sent events, written one by one at the pace named, on the connections named. `reading` is the bare " +
      "relay that has each event in its hands and does nothing with it.",
    columns: [
      "stream",
      "connections",
      "way",
      "first byte p50 ms",
      "whole p50 ms",
      "CPU µs/event",
      "of these in the proxy process",
    ],
    rows,
    figures,
  };
}
