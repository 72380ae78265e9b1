/** @module A slow question is stopped for real, and the next one finds a fresh child. */

import { afterEach, describe, expect, test } from "bun:test";
import { fileURLToPath } from "node:url";
import { ApiError } from "../../src/api/error.ts";
import { ReadPool, type ReadPoolOptions } from "../../src/api/reads.ts";

const CHILD = [process.execPath, fileURLToPath(new URL("./read-child.ts", import.meta.url))];
const pools: ReadPool[] = [];

function createPool(options: Partial<ReadPoolOptions> = {}): ReadPool {
  const pool = new ReadPool({ command: CHILD, ...options });
  pools.push(pool);
  return pool;
}

afterEach(() => {
  for (const pool of pools.splice(0)) pool.close();
});

async function codeOf(promise: Promise<unknown>): Promise<string> {
  return promise.then(
    () => "no error",
    (error: unknown) => (error instanceof ApiError ? error.code : String(error)),
  );
}

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}

describe("ReadPool", () => {
  test("answers from a child process, and the same one again", async () => {
    const pool = createPool({ size: 1 });
    const first = await pool.countExchanges({});
    expect(first).not.toBe(process.pid);
    expect(await pool.countExchanges({})).toBe(first);
  });

  test("kills a query that overruns its deadline, and answers the next from a new child", async () => {
    const pool = createPool({ size: 1, deadlineMs: 3000 });
    const pid = await pool.countExchanges({});
    expect(await codeOf(pool.sumUsage({ provider: "slow" }, "none"))).toBe("query_timeout");
    expect(pool.timeouts).toBe(1);
    const next = await pool.countExchanges({});
    expect(next).not.toBe(pid);
    // A killed process is listed until its parent has seen it end.
    for (let tries = 0; tries < 250 && isAlive(pid); tries++) await Bun.sleep(20);
    expect(isAlive(pid)).toBe(false);
  }, 20_000);

  test("a slow question does not hold up another", async () => {
    const pool = createPool({ size: 2, deadlineMs: 8000 });
    const slow = codeOf(pool.sumUsage({ provider: "slow" }, "none"));
    expect(await pool.sumUsage({}, "none")).toEqual([]);
    pool.close();
    expect(await slow).toBe("store_unavailable");
  }, 20_000);

  test("tells of a read that failed, and of a child that died, and goes on", async () => {
    const pool = createPool({ size: 1 });
    expect(await codeOf(pool.sumUsage({ provider: "fail" }, "none"))).toBe("store_unavailable");
    expect(await codeOf(pool.sumUsage({ provider: "die" }, "none"))).toBe("store_unavailable");
    expect(await pool.sumUsage({}, "none")).toEqual([]);
  }, 20_000);

  test("refuses when too many questions wait", async () => {
    const pool = createPool({ size: 1, maxWaiting: 2 });
    const asked = Array.from({ length: 5 }, () => codeOf(pool.countExchanges({})));
    expect((await Promise.all(asked)).filter((code) => code === "store_unavailable")).toHaveLength(2);
  });

  test("an idle second child goes away", async () => {
    const pool = createPool({ size: 2, idleMs: 50 });
    const [a, b] = await Promise.all([pool.countExchanges({}), pool.countExchanges({})]);
    expect(a).not.toBe(b);
    for (let tries = 0; tries < 200 && isAlive(a) && isAlive(b); tries++) await Bun.sleep(20);
    expect([isAlive(a), isAlive(b)]).toContain(false);
  }, 20_000);
});
