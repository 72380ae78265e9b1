import { afterEach, describe, expect, test } from "bun:test";
import { existsSync } from "node:fs";
import { join } from "node:path";

import { expectNothingLeft } from "./aftermath.ts";
import { createScene, NOTHING_WRONG, type Scene } from "./scene.ts";

const TIMEOUT_MS = 300_000;

const open: Scene[] = [];
afterEach(async () => {
  for (const scene of open.splice(0)) await scene[Symbol.asyncDispose]();
});

describe("a start", () => {
  test(
    "on a data directory in use names the process that has it and where it listens",
    async () => {
      const scene = await createScene();
      open.push(scene);
      const { program } = scene;
      await program.start();
      const { proxy } = await program.running.pids();
      const { code, text } = await program.runSecond(["--port", "0"]);
      expect(code).toBe(1);
      expect(text).toMatch(/^modeltap: data_dir: .+$/m);
      expect(text).toContain(`process ${proxy}`);
      expect(text).toContain(program.url);
      expect(text.trim().split("\n")).toHaveLength(1);
      expect((await fetch(`${program.url}/health`)).status).toBe(200);
    },
    TIMEOUT_MS,
  );

  test(
    "on a taken port names who has it and a free one, and leaves its data directory free",
    async () => {
      const scene = await createScene();
      open.push(scene);
      const { program } = scene;
      await program.start();
      const { proxy } = await program.running.pids();
      const other = join(program.folder, "other");
      const { code, text } = await program.runSecond(["--port", String(program.port), "--data-dir", other]);
      expect(code).toBe(1);
      expect(text).toContain(`port: ${program.port} is taken by another modeltap`);
      expect(text).toContain(`process ${proxy}`);
      const free = Number(/; (\d+) is free: the same command with --port \1/.exec(text)?.[1]);
      expect(free).toBeGreaterThan(program.port);
      expect(text.trim().split("\n")).toHaveLength(1);
      expect(existsSync(join(other, "lock"))).toBe(false);
    },
    TIMEOUT_MS,
  );

  test(
    "works at once after the proxy alone was killed, while the others still end",
    async () => {
      const scene = await createScene();
      open.push(scene);
      const { program } = scene;
      for (let life = 0; life < 3; life++) {
        await program.start();
        await program.killProxy();
      }
      await program.start();
      await scene.callFor(200);
      await scene.settle();
      expect(scene.ledger.judge()).toMatchObject({ lost: [], lostFinished: [], doubled: [], disturbed: [] });
      expect(await program.running.stop()).toBe(0);
      await expectNothingLeft(scene);
    },
    TIMEOUT_MS,
  );

  test(
    "works on data whose very first start was killed at any moment",
    async () => {
      for (let killedAfterMs = 60; killedAfterMs <= 460; killedAfterMs += 100) {
        await using scene = await createScene();
        const { program } = scene;
        const starting = program.start().catch(() => undefined);
        await Bun.sleep(killedAfterMs);
        await program.killAll(Math.random);
        await starting;
        await program.start();
        await scene.callFor(100);
        await scene.settle();
        expect(scene.ledger.judge()).toMatchObject(NOTHING_WRONG);
      }
    },
    TIMEOUT_MS,
  );

  test(
    "ends an api of an earlier life that does not notice that it is alone",
    async () => {
      const scene = await createScene();
      open.push(scene);
      const { program } = scene;
      await program.start();
      const { api } = await program.running.pids();
      process.kill(api, "SIGSTOP");
      await program.killProxy();
      await program.start();
      await program.waitUntilEnded(api);
      expect(await program.running.stats("/stats/summary")).toBeObject();
    },
    TIMEOUT_MS,
  );
});
