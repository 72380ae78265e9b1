/** @module Runs every bench, prints the figures against their aims and writes docs/benchmarks.md; `--smoke` only proves that they run. */

import { readFile, writeFile } from "node:fs/promises";
import { cpus, totalmem } from "node:os";
import { join } from "node:path";

import { isMet, toSectionText, type Scale, type Section } from "./harness/section.ts";
import { measureDoors } from "./doors.ts";
import { measureRecorder } from "./recorder.ts";
import { measureSlowQuery } from "./slow-query.ts";
import { measureSse } from "./sse.ts";
import { measureStart } from "./start.ts";
import { measureStreams } from "./streams.ts";
import { measureThroughput } from "./throughput.ts";

const PAGE = join(import.meta.dir, "..", "docs", "benchmarks.md");
const BENCHES: readonly (readonly [name: string, measure: (scale: Scale) => Promise<Section>])[] = [
  ["start", measureStart],
  ["throughput", measureThroughput],
  ["doors", measureDoors],
  ["sse", measureSse],
  ["streams", measureStreams],
  ["recorder", measureRecorder],
  ["slow-query", measureSlowQuery],
];

const args = Bun.argv.slice(2);
const scale: Scale = args.includes("--smoke") ? "smoke" : "full";
const only = args.filter((arg) => !arg.startsWith("--"));
const sections: Section[] = [];
let failed = 0;

for (const [name, measure] of BENCHES) {
  if (only.length > 0 && !only.includes(name)) continue;
  const startedAt = performance.now();
  try {
    const section = await measure(scale);
    sections.push(section);
    console.log(`\n${toSectionText(section)}\n\n(${Math.round((performance.now() - startedAt) / 1000)} s)`);
    if (
      section.figures.some(
        ({ value, isCoarse }) => !Number.isFinite(value) && !(scale === "smoke" && isCoarse === true),
      )
    ) {
      failed += 1;
      console.error(`  ${name} did not measure everything`);
    }
  } catch (cause) {
    failed += 1;
    console.error(`\n${name} failed:`, cause);
  }
}

const aims = sections.flatMap((section) => section.figures).map(isMet);
const [met, missed] = [true, false].map((verdict) => aims.filter((aim) => aim === verdict).length);
console.log(
  `\n${met} aims met, ${missed} missed${scale === "smoke" ? " in a short run, whose figures mean little" : ""}`,
);
if (scale === "full" && only.length === 0 && failed === 0) {
  await writePage();
  console.log("written to docs/benchmarks.md");
}
process.exit(failed === 0 ? 0 : 1);

async function writePage(): Promise<void> {
  const page = await readFile(PAGE, "utf8");
  const [begin, end] = ["<!-- bench:begin -->", "<!-- bench:end -->"];
  const from = page.indexOf(begin) + begin.length;
  const to = page.indexOf(end);
  if (from < begin.length || to < from) throw new Error("docs/benchmarks.md has lost its markers");
  const text = [readMachine(), ...sections.map(toSectionText)].join("\n\n");
  await writeFile(PAGE, `${page.slice(0, from)}\n\n${text}\n\n${page.slice(to)}`);
}

function readMachine(): string {
  const commit = Bun.spawnSync(["git", "rev-parse", "--short", "HEAD"]).stdout.toString().trim();
  const memoryGb = Math.round(totalmem() / 1024 ** 3);
  const facts = `${cpus().length} cores (${cpus()[0]?.model ?? "unknown"}), ${memoryGb} GB, ${process.platform} ${process.arch}, Bun ${Bun.version}`;
  return `Measured on ${new Date().toISOString().slice(0, 10)} at commit ${commit || "unknown"}: ${facts}.`;
}
