import { describe, expect, test } from "bun:test";
import type { JournalStats } from "../../src/journal/journal.ts";
import type { RecorderStatus } from "../../src/message/status.ts";
import {
  checkJournal,
  checkLoops,
  checkPrices,
  checkRecorder,
  checkStore,
  type RecorderFacts,
} from "../../src/proxy/ready-checks.ts";

const STATS = { mode: "disk", lostEntries: 0, diskLow: false } as JournalStats;
const STATUS = { lagMs: 0 } as RecorderStatus;
const running = (fields: Partial<RecorderFacts> = {}): RecorderFacts => ({
  state: { pid: 1, state: "running", restarts: 0 },
  status: STATUS,
  silentMs: 200,
  ...fields,
});

describe("store", () => {
  test.each([
    [running(), "pass"],
    [running({ status: { ...STATUS, storeFailingMs: 400, lastStoreError: "locked" } }), "warn"],
    [running({ status: { ...STATUS, storeFailingMs: 9_000, lastStoreError: "disk I/O error" } }), "fail"],
    [running({ status: undefined }), "warn"],
    [running({ silentMs: 60_000 }), "warn"],
  ] as const)("%o is %s", (facts, status) => {
    expect(checkStore(facts).status).toBe(status);
  });
});

describe("recorder", () => {
  test.each([
    [running(), "pass"],
    [running({ status: { ...STATUS, lagMs: 90_000 } }), "warn"],
    [running({ state: { pid: undefined, state: "restarting", restarts: 1, lastExit: "exit code 1" } }), "warn"],
    [running({ state: { pid: undefined, state: "restarting", restarts: 9 }, silentMs: 6_000 }), "fail"],
    [running({ silentMs: 20_000 }), "fail"],
  ] as const)("%o is %s", (facts, status) => {
    expect(checkRecorder(facts).status).toBe(status);
  });
});

describe("journal", () => {
  test.each([
    [STATS, 0, "pass"],
    [{ ...STATS, lostEntries: 3 }, 3, "pass"],
    [{ ...STATS, lostEntries: 4 }, 3, "fail"],
    [{ ...STATS, mode: "memory" as const, lastError: "ENOSPC" }, 0, "warn"],
    [{ ...STATS, diskLow: true }, 0, "warn"],
  ] as const)("%o after %d lost is %s", (stats, before, status) => {
    expect(checkJournal(stats, before).status).toBe(status);
  });
});

describe("prices", () => {
  test.each([
    [undefined, "pass"],
    [{ rows: 9 }, "pass"],
    [{ rows: 9, fetchedAtMs: 900, nextTryAtMs: 2_000 }, "pass"],
    [{ rows: 9, fetchedAtMs: 100, nextTryAtMs: 2_000, lastError: "offline" }, "warn"],
    [{ rows: 9, nextTryAtMs: 2_000 }, "warn"],
    [{ rows: 9, fetchedAtMs: 0 }, "warn"],
  ] as const)("%o are never a failure: %s", (prices, status) => {
    expect(checkPrices(prices, 1_000, 500).status).toBe(status);
  });
});

test("loops that fail are tried again, a hundred times", () => {
  expect(checkLoops([{ name: "a", failures: 0, lastSuccessAgeMs: 3.4, lastErrorAgeMs: 9.6 }])).toMatchObject({
    status: "pass",
    loops: 1,
    loopHealth: [{ name: "a", status: "pass", consecutiveFailures: 0, lastSuccessAgeMs: 3, lastErrorAgeMs: 10 }],
    failedLoops: [],
  });
  expect(
    checkLoops([
      { name: "a", failures: 0 },
      { name: "b", failures: 2, lastError: "busy" },
    ]),
  ).toMatchObject({ status: "warn", failedLoops: ["b"], output: "b: busy" });
  expect(checkLoops([{ name: "b", failures: 100 }])).toMatchObject({ status: "fail" });
});
