/** @module Claim: modeltap starts at once and rests in little memory. */

import { startModeltap } from "../test/support/modeltap.ts";
import { readMemory, waitForQuiet, type Memory } from "./harness/cost.ts";
import { median } from "./harness/quantile.ts";
import { toNumberText, type Scale, type Section } from "./harness/section.ts";

const PARTS = ["proxy", "recorder", "api"] as const;

export async function measureStart(scale: Scale): Promise<Section> {
  const startMs: number[] = [];
  let memories: readonly Memory[] = [];
  for (let i = 0; i < (scale === "full" ? 7 : 1); i++) {
    await using modeltap = await startModeltap();
    startMs.push(modeltap.startMs);
    const ids = await modeltap.pids();
    await waitForQuiet(Object.values(ids));
    memories = PARTS.map((part) => readMemory(ids[part]));
  }
  const sumMb = (read: (memory: Memory) => number) =>
    memories.reduce((sum, memory) => sum + read(memory), 0) / 1024 ** 2;
  return {
    title: "Start and rest",
    method:
      "From the start of the program to the first answer of /health, on an empty home; memory once all processes rest.",
    columns: ["process", "RSS MB", "PSS MB"],
    rows: [
      ...PARTS.map((part, i) => [
        part,
        toNumberText((memories[i]?.rssBytes ?? Number.NaN) / 1024 ** 2),
        toNumberText((memories[i]?.pssBytes ?? Number.NaN) / 1024 ** 2),
      ]),
      ["all", toNumberText(sumMb((memory) => memory.rssBytes)), toNumberText(sumMb((memory) => memory.pssBytes))],
    ],
    figures: [
      { name: "start", value: median(startMs), unit: "ms", aim: { is: "at most", value: 400 } },
      {
        name: "idle memory of all processes (PSS)",
        value: sumMb((memory) => memory.pssBytes),
        unit: "MB",
        aim: { is: "at most", value: 160 },
      },
    ],
  };
}
