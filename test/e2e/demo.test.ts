/** @module What a person without a key meets first: the demo, and the commands that need no traffic. */

import { afterAll, expect, test } from "bun:test";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { eventually } from "../support/gate.ts";
import { ROOT, startModeltap } from "../support/modeltap.ts";

const demo = await startModeltap({ args: ["--demo"] });
afterAll(() => demo.destroy());

async function run(...args: string[]): Promise<{ code: number; text: string }> {
  const child = Bun.spawn([process.execPath, "--no-env-file", join(ROOT, "src/main.ts"), ...args], {
    env: { HOME: demo.home, PATH: process.env["PATH"] ?? "" },
    stdout: "pipe",
    stderr: "pipe",
  });
  const text = (await new Response(child.stdout).text()) + (await new Response(child.stderr).text());
  return { code: await child.exited, text };
}

test("the demo shows priced traffic within ten seconds, marked as a demo, in a temporary place", async () => {
  const rows = await eventually(
    async () => {
      const summary = await demo.stats("/stats/summary");
      const { totals } = summary as { totals: { total_requests: number; total_cost_usd: number | null } };
      return totals.total_requests >= 3 && (totals.total_cost_usd ?? 0) > 0 ? totals : undefined;
    },
    "three requests with a cost",
    10_000,
  );
  expect(rows.total_requests).toBeGreaterThanOrEqual(3);
  expect(demo.logs()).toContain("DEMO");
  expect(await demo.stats("/health")).toMatchObject({ demo: true });
  expect(existsSync(join(demo.dataDir, "modeltap.db"))).toBe(false);
  const place = /Data +(\S+)/.exec(demo.logs())?.[1] ?? "";
  expect(existsSync(place)).toBe(true);
  expect(await demo.stop()).toBe(0);
  expect(existsSync(place)).toBe(false);
}, 30_000);

test("prices explain shows the row, the tier and the sum, and refuses what it does not understand", async () => {
  const explained = await run(
    "prices",
    "explain",
    "anthropic",
    "claude-sonnet-4-5",
    "--input",
    "250000",
    "--output",
    "1000",
  );
  expect(explained.code).toBe(0);
  expect(explained.text).toContain("anthropic/claude-sonnet-4-5");
  expect(explained.text).toContain("over 200000 input tokens");
  expect((await run("prices", "explain", "anthropic")).code).toBe(2);
  expect((await run("prices", "explain", "openai", "no-such-model")).text).toContain("unknown");
});

test("config show names each value's source, and hides credentials in URLs", async () => {
  const shown = await run("config", "show", "--port", "9000");
  expect(shown.text).toMatch(/port +9000 +flag --port/);
  expect(shown.text).toMatch(/capture +full +default/);
});
