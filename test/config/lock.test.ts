import { afterEach, beforeEach, describe, expect, test } from "bun:test";
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { acquireLock } from "../../src/config/lock.ts";
import { readProcessStart } from "../../src/config/process-start.ts";

let directory: string;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), "modeltap-lock-"));
});
afterEach(() => rmSync(directory, { recursive: true, force: true }));

const lockPath = (): string => join(directory, "lock");

type Said = { readonly got: readonly number[]; readonly refusals: readonly string[] };

function startRacer(startAtMs: number, directories: readonly string[]) {
  const child = Bun.spawn(
    [process.execPath, join(import.meta.dir, "lock-racer.ts"), String(startAtMs), ...directories],
    {
      stdin: "pipe",
      stdout: "pipe",
      stderr: "inherit",
    },
  );
  return { child, said: readJson(child.stdout) };
}

/** The first whole JSON value of a stream that stays open. */
async function readJson(stream: ReadableStream<Uint8Array>): Promise<Said> {
  let text = "";
  for await (const bytes of stream) {
    text += new TextDecoder().decode(bytes);
    if (text.endsWith("]}")) break;
  }
  return JSON.parse(text);
}

test("the second is told who holds it, since when and where", () => {
  const lock = acquireLock(directory, Date.UTC(2026, 0, 2, 3, 4, 5));
  lock.setUrl("http://127.0.0.1:8080");
  expect(() => acquireLock(directory, 0)).toThrow(
    `${directory} is in use by another modeltap (process ${process.pid}, since 2026-01-02T03:04:05Z, at http://127.0.0.1:8080)`,
  );
  lock.release();
  acquireLock(directory, 0).release();
  expect(readdirSync(directory)).toEqual([]);
});

describe("a lock whose owner is gone is taken over", () => {
  test.each([
    ["no such process", { pid: 2 ** 31 - 1, processStart: "x", sinceMs: 1 }],
    ["another process with its id", { pid: process.pid, processStart: "another start", sinceMs: 1 }],
    ["nothing that can be read", undefined],
  ])("%s", (_name, owner) => {
    writeFileSync(lockPath(), owner === undefined ? "" : JSON.stringify(owner));
    const lock = acquireLock(directory, 0);
    expect(JSON.parse(readFileSync(lockPath(), "utf8"))).toMatchObject({ pid: process.pid });
    expect(readdirSync(directory)).toEqual(["lock"]);
    lock.release();
  });

  test("one that was killed", async () => {
    const racer = startRacer(0, [directory]);
    expect((await racer.said).got).toEqual([0]);
    expect(() => acquireLock(directory, 0)).toThrow(`process ${racer.child.pid}`);
    racer.child.kill("SIGKILL");
    await racer.child.exited;
    acquireLock(directory, 0).release();
  });

  test("also when a process died while it took one over", () => {
    const stale = JSON.stringify({ pid: 2 ** 31 - 1, processStart: "x", sinceMs: 1 });
    writeFileSync(lockPath(), stale);
    const digest = new Bun.CryptoHasher("sha256").update(stale).digest("hex").slice(0, 16);
    writeFileSync(`${lockPath()}.${digest}`, JSON.stringify({ pid: 2 ** 31 - 2, processStart: "y", sinceMs: 1 }));
    const lock = acquireLock(directory, 0);
    expect(readdirSync(directory)).toEqual(["lock"]);
    lock.release();
  });
});

test("release leaves the lock of another owner alone", () => {
  const lock = acquireLock(directory, 0);
  const other = JSON.stringify({ pid: 1, processStart: readProcessStart(1) ?? "", sinceMs: 1 });
  rmSync(lockPath());
  writeFileSync(lockPath(), other);
  lock.release();
  expect(readFileSync(lockPath(), "utf8")).toBe(other);
});

describe("of several processes that start at once exactly one gets it", () => {
  const ROUNDS = 120;

  test.each([
    ["a free one", undefined],
    ["a stale one", JSON.stringify({ pid: 2 ** 31 - 1, processStart: "x", sinceMs: 1 })],
  ])(
    "%s",
    async (_name, content) => {
      const directories = Array.from({ length: ROUNDS }, (_, round) => join(directory, String(round)));
      for (const path of directories) {
        mkdirSync(path);
        if (content !== undefined) writeFileSync(join(path, "lock"), content);
      }
      const startAtMs = Date.now() + 500;
      const racers = Array.from({ length: 3 }, () => startRacer(startAtMs, directories));
      const said = await Promise.all(racers.map((racer) => racer.said));
      for (const { child } of racers) child.kill("SIGKILL");
      await Promise.all(racers.map(({ child }) => child.exited));
      const winners = directories.map((_, round) => said.filter(({ got }) => got.includes(round)).length);
      expect(winners).toEqual(directories.map(() => 1));
      const refusals = said.flatMap((one) => one.refusals);
      expect(refusals.filter((line) => !line.includes("is in use by another modeltap"))).toEqual([]);
      expect(directories.flatMap((path) => readdirSync(path))).toEqual(directories.map(() => "lock"));
    },
    30_000,
  );
});
