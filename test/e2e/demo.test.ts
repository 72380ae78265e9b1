/** @module What a person without a key meets first: the demo, and the commands that need no traffic. */

import { afterAll, expect, test } from "bun:test";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { eventually } from "../support/gate.ts";
import { ROOT, startModeltap } from "../support/modeltap.ts";
import { createUpstream } from "../support/upstream.ts";

/** What the user's own configuration names: the demo must not call it. */
const real = await createUpstream();
const demo = await startModeltap({
  args: ["--demo"],
  config: {
    upstream: "mine",
    providers: {
      mine: { base_url: real.url, auth: { mode: "bearer", env: "NO_SUCH_KEY" } },
      openai: { base_url: real.url },
    },
    routes: [{ model: "routed*", upstream_url: real.url, api_key_env: "NO_SUCH_KEY" }],
    fallback: { upstream: "mine" },
    // Nor do its doors hold: who tries the demo has no key for it.
    require_api_key: true,
    client_limits: { requests_per_minute: 1 },
  },
});
afterAll(async () => {
  await demo.destroy();
  await real.close();
});

async function run(...args: string[]): Promise<{ code: number; text: string }> {
  const child = Bun.spawn([process.execPath, "--no-env-file", join(ROOT, "src/main.ts"), ...args], {
    env: { HOME: demo.home, PATH: process.env["PATH"] ?? "" },
    stdout: "pipe",
    stderr: "pipe",
  });
  const text = (await new Response(child.stdout).text()) + (await new Response(child.stderr).text());
  return { code: await child.exited, text };
}

test("whatever a person sends by hand stays on the machine, their own routes and keys notwithstanding", async () => {
  const { host } = new URL(real.url);
  const paths = [
    "/v1/chat/completions",
    `/openai/${host}/v1/chat/completions`,
    "/openai/api.openai.com/v1/chat/completions",
  ];
  const calls = [...paths, "/mine/v1/chat/completions"].flatMap((path) =>
    ["routed-1", "unknown", "gpt-5-mini"].map(async (model) => {
      const answer = await fetch(demo.url + path, {
        method: "POST",
        headers: { "content-type": "application/json", authorization: "Bearer aaa.bbb.ccc" },
        body: JSON.stringify({ model, messages: [] }),
      });
      await answer.bytes();
      return answer.headers.get("x-demo");
    }),
  );
  // The demo has faults of its own, on purpose: they too are its fake provider's.
  expect(new Set(await Promise.all(calls))).toEqual(new Set(["modeltap"]));
  expect(real.requests).toEqual([]);
}, 60_000);

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
