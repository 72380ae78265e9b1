/** @module Proof that the runner starts, asks and ends a program the way its tests rely on; played with a stand-in. */

import { expect, test } from "bun:test";
import { existsSync } from "node:fs";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { startModeltap } from "./modeltap.ts";

/** Speaks the part of modeltap's outside that the runner uses. */
const STAND_IN = `
const child = Bun.spawn(["sleep", "60"]);
const server = Bun.serve({ port: 0, hostname: "127.0.0.1", async fetch(request) {
  const { pathname } = new URL(request.url);
  if (pathname === "/health") return Response.json({ status: "ok", processes: { proxy: process.pid, recorder: { pid: child.pid }, api: { pid: child.pid } } });
  if (pathname === "/stats/requests") return Response.json([{ id: 1, model: "m" }]);
  if (pathname === "/config") return new Response(await Bun.file(process.env.XDG_CONFIG_HOME + "/modeltap/config.toml").text());
  return Response.json({ env: process.env, args: process.argv.slice(2) });
} });
console.log("modeltap is listening on http://127.0.0.1:" + server.port);
process.on("SIGTERM", () => process.exit(7));
`;

async function withStandIn<T>(source: string, run: (command: readonly string[]) => Promise<T>): Promise<T> {
  const folder = await mkdtemp(join(tmpdir(), "modeltap-stand-in-"));
  try {
    const path = join(folder, "main.ts");
    await writeFile(path, source);
    return await run([process.execPath, path]);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

test("the program gets a home, a config and a clean environment of its own, and is gone afterwards", async () => {
  process.env["OPENAI_API_KEY"] = "not-to-be-seen";
  await withStandIn(STAND_IN, async (command) => {
    const modeltap = await startModeltap({
      command,
      config: { port: 1, providers: { openai: { base_url: "http://x" } } },
      env: { EXTRA: "1" },
      args: ["--flag"],
    });
    const { recorder } = await modeltap.pids();
    expect(await modeltap.stats("/other")).toMatchObject({
      env: { HOME: modeltap.home, EXTRA: "1" },
      args: ["start", "--port", "0", "--flag"],
    });
    expect(JSON.stringify(await modeltap.stats("/other"))).not.toContain("not-to-be-seen");
    expect(await (await fetch(`${modeltap.url}/config`)).text()).toContain('base_url = "http://x"');
    expect(await modeltap.waitForRows(1)).toMatchObject([{ id: 1, model: "m" }]);
    expect(modeltap.startMs).toBeGreaterThan(0);
    expect(modeltap.logs()).toContain("modeltap is listening");
    expect(await modeltap.stop()).toBe(7);
    await modeltap.destroy();
    expect(existsSync(modeltap.home)).toBe(false);
    expect(existsSync(`/proc/${recorder}/environ`) && (await isRunning(recorder))).toBe(false);
  });
  delete process.env["OPENAI_API_KEY"];
});

test("a killed program can be started again on the same home", async () => {
  await withStandIn(STAND_IN, async (command) => {
    const first = await startModeltap({ command, config: { port: 2 } });
    await first.kill9();
    expect(await first.exited).not.toBe(0);
    await using second = await startModeltap({ command, home: first.home });
    expect(await (await fetch(`${second.url}/config`)).text()).toContain("port = 2");
    first.endChildren();
  });
});

test("a program that ends at its start says what it printed", async () => {
  await withStandIn('console.error("no such key: prot"); process.exit(3);', async (command) => {
    expect(startModeltap({ command })).rejects.toThrow("no such key: prot");
    await Bun.sleep(200);
  });
});

/** A killed child stays as a zombie until its parent is reaped: only its state tells. */
async function isRunning(pid: number): Promise<boolean> {
  const stat = await Bun.file(`/proc/${pid}/stat`)
    .text()
    .catch(() => ") Z");
  return !/\) [ZX]/.test(stat);
}
