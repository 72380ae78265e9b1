/** @module Claim: thousands of open streams fit in little memory. */

import { readMemoryOfAll, waitForQuiet } from "./harness/cost.ts";
import { startLoad } from "./harness/round.ts";
import { toNumberText, type Figure, type Scale, type Section } from "./harness/section.ts";
import { createSetup } from "./harness/target.ts";

export async function measureStreams(scale: Scale): Promise<Section> {
  const streams = scale === "full" ? 2_000 : 100;
  await using setup = await createSetup();
  const rows: string[][] = [];
  const figures: Figure[] = [];
  for (const name of ["relay", "modeltap"] as const) {
    const target = setup.target(name);
    await waitForQuiet(target.pids);
    const before = readMemoryOfAll(target.pids);
    const proxyBefore = readMemoryOfAll(target.proxyPids);
    const load = startLoad({
      url: target.url,
      connections: streams,
      requestBytes: 1024,
      // One event now, the next long after the measurement.
      answer: { type: "events", events: 3, paceMs: 120_000 },
      warmupMs: 0,
      durationMs: 120_000,
      hold: true,
    });
    const { failures } = await load.result;
    await waitForQuiet(target.pids);
    const after = readMemoryOfAll(target.pids);
    const proxyAfter = readMemoryOfAll(target.proxyPids);
    load.child.kill("SIGKILL");
    await load.child.exited;
    await waitForQuiet(target.pids);
    const left = readMemoryOfAll(target.pids);
    const perStreamKb = (after.pssBytes - before.pssBytes) / streams / 1024;
    rows.push([
      name,
      String(streams - failures),
      ...[before.pssBytes, after.pssBytes, left.pssBytes].map((bytes) => toNumberText(bytes / 1024 ** 2)),
      toNumberText((proxyAfter.pssBytes - proxyBefore.pssBytes) / streams / 1024),
      toNumberText(perStreamKb),
    ]);
    if (name === "modeltap") {
      figures.push(
        {
          name: "memory per open stream, all processes",
          value: perStreamKb,
          unit: "KB",
          aim: { is: "at most", value: 80 },
        },
        { name: "streams that could not be opened", value: failures, unit: "", aim: { is: "at most", value: 0 } },
      );
    }
  }
  return {
    title: "Open streams",
    method: `${streams} streams that have sent their first event and wait for the next; memory is PSS, summed over processes.`,
    columns: [
      "way",
      "streams",
      "before MB",
      "open MB",
      "after MB",
      "proxy process KB/stream",
      "all processes KB/stream",
    ],
    rows,
    figures,
  };
}
