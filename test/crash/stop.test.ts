import { afterEach, describe, expect, test } from "bun:test";
import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";

import { createGate } from "../support/gate.ts";
import { openRaw } from "../support/raw-request.ts";
import * as step from "../support/step.ts";
import { createScene, NOTHING_WRONG, type Scene } from "./scene.ts";

const TIMEOUT_MS = 300_000;
const FIRST = '{"id":"c","object":"chat.completion.chunk","model":"m","choices":[{"index":0,"delta":{"content":"a"}}]}';
const LAST =
  '{"id":"c","object":"chat.completion.chunk","model":"m","choices":[],"usage":{"prompt_tokens":7,"completion_tokens":2,"total_tokens":9}}';
const STREAM_CALL = {
  method: "POST",
  target: "/openai/v1/chat/completions",
  body: '{"model":"m","stream":true,"stream_options":{"include_usage":true}}',
};

const open: Scene[] = [];
afterEach(async () => {
  for (const scene of open.splice(0)) await scene[Symbol.asyncDispose]();
});

/** A running program with one stream through it that goes on when the gate is opened. */
async function startWithStream(drain: string) {
  const scene = await createScene({ config: { timeouts: { drain } } });
  open.push(scene);
  const gate = createGate();
  scene.upstream.on("POST /v1/chat/completions", [
    step.head(200, [
      ["content-type", "text/event-stream"],
      ["transfer-encoding", "chunked"],
    ]),
    step.body(`data: ${FIRST}\n\n`),
    step.wait(gate.opened),
    step.body(`data: ${LAST}\n\ndata: [DONE]\n\n`),
  ]);
  await scene.program.start();
  const client = await openRaw(scene.program.url);
  await client.send(client.requestText(STREAM_CALL));
  await client.waitFor(FIRST);
  return { scene, program: scene.program, gate, client };
}

/** What must be left of a program that stopped: its data, and nothing that stands in the way of the next start. */
async function expectNothingLeft({ program }: Scene): Promise<void> {
  await program.waitUntilGone();
  expect(existsSync(join(program.dataDir, "lock"))).toBe(false);
  expect(readdirSync(join(program.dataDir, "run")).filter((name) => name.endsWith(".sock"))).toEqual([]);
}

/** The only row, read by the next life of the program. */
async function readRow(scene: Scene) {
  const [row, ...more] = await (await scene.program.start()).waitForRows(1);
  expect(more).toEqual([]);
  return row;
}

describe("a stop", () => {
  test.each(["SIGTERM", "SIGINT"] as const)(
    "by %s lets a running stream end and takes no new request",
    async (signal) => {
      const { scene, program, gate, client } = await startWithStream("20s");
      program.signal(signal);
      await program.waitForClosedPort();
      gate.open();
      const response = await client.response();
      expect([response.complete, response.text.endsWith("data: [DONE]\n\n")]).toEqual([true, true]);
      expect(await program.running.exited).toBe(0);
      await expectNothingLeft(scene);
      expect(await readRow(scene)).toMatchObject({ state: "completed", input_tokens: 7, output_tokens: 2 });
    },
    TIMEOUT_MS,
  );

  test(
    "breaks what does not end within timeouts.drain, and the record says that it was us",
    async () => {
      const { scene, program, client } = await startWithStream("300ms");
      program.signal("SIGTERM");
      expect(await client.waitForEnd()).not.toBe("open");
      expect((await client.response()).complete).toBe(false);
      expect(await program.running.exited).toBe(0);
      await expectNothingLeft(scene);
      expect(await readRow(scene)).toMatchObject({
        state: "failed",
        error_code: "shutting_down",
        ended_by: "proxy",
        status_code: 200,
      });
    },
    TIMEOUT_MS,
  );

  test(
    "by Ctrl-C, which every process gets, is as orderly as by SIGTERM",
    async () => {
      const { scene, program, gate, client } = await startWithStream("20s");
      for (const pid of program.findProcesses()) process.kill(pid, "SIGINT");
      await program.waitForClosedPort();
      gate.open();
      expect((await client.response()).complete).toBe(true);
      expect(await program.running.exited).toBe(0);
      await expectNothingLeft(scene);
      expect(await readRow(scene)).toMatchObject({ state: "completed", output_tokens: 2 });
    },
    TIMEOUT_MS,
  );

  test.each([
    ["SIGTERM", 143],
    ["SIGINT", 130],
  ] as const)(
    "by a second %s is at once, leaves no process, and the next start finds what was cut",
    async (signal, code) => {
      const { scene, program, client } = await startWithStream("1h");
      program.signal("SIGTERM");
      await program.waitForClosedPort();
      program.signal(signal);
      expect(await program.running.exited).toBe(code);
      expect(await client.waitForEnd()).not.toBe("open");
      await program.waitUntilGone();
      expect(await readRow(scene)).toMatchObject({ state: "interrupted", ended_by: "proxy" });
    },
    TIMEOUT_MS,
  );

  test(
    "with nothing running takes no drain time",
    async () => {
      const scene = await createScene({ config: { timeouts: { drain: "1h" } } });
      open.push(scene);
      await scene.program.start();
      expect(await scene.program.running.stop()).toBe(0);
      await expectNothingLeft(scene);
    },
    TIMEOUT_MS,
  );
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
      const free = Number(/; (\d+) is free: modeltap --port \1/.exec(text)?.[1]);
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
