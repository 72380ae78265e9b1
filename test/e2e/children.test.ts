import { Database } from "bun:sqlite";
import { afterAll, beforeAll, expect, setDefaultTimeout, test } from "bun:test";
import { join } from "node:path";

import { eventually } from "../support/gate.ts";
import { createStage, type Stage } from "./stage.ts";
import { scriptTraffic, withTraffic, type Outcome } from "./traffic.ts";

setDefaultTimeout(30_000);

let stage: Stage;
let first = 1;
beforeAll(async () => {
  stage = await createStage();
  scriptTraffic(stage);
});
afterAll(() => stage[Symbol.asyncDispose]());

/** Runs `work` under traffic; every answer must be right, and afterwards every call has one row with its own count. */
async function underTraffic(work: () => Promise<void>): Promise<Outcome> {
  const begin = first;
  const outcome = await withTraffic(stage, { atOnce: 12, first: begin }, work);
  first += outcome.sent;
  expect(outcome.wrong).toEqual([]);
  expect(outcome.sent).toBeGreaterThan(24);
  const rows = await stage.takeRows(outcome.sent, 15_000);
  const numbers = rows.map((row) => row.input_tokens ?? -1).sort((a, b) => a - b);
  expect(numbers).toEqual(Array.from({ length: outcome.sent }, (_, i) => begin + i));
  expect(rows.filter((row) => row.state !== "completed" || row.usage_source !== "reported")).toEqual([]);
  return outcome;
}

type Health = {
  readonly status: string;
  readonly children: Readonly<Record<"recorder" | "api", { readonly state: string; readonly restarts: number }>>;
};

/** Waits until both children run and `/health` is content. */
async function waitUntilWell(): Promise<Health> {
  return eventually(async () => {
    const health = (await stage.health()) as Health;
    return health.status === "ok" && Object.values(health.children).every(({ state }) => state === "running")
      ? health
      : undefined;
  }, "the program to be well again");
}

test.each(["recorder", "api"] as const)(
  "the %s may be killed twice: no answer differs, no row is lost, it comes back",
  async (name) => {
    const before = (await waitUntilWell()).children[name].restarts;
    await underTraffic(async () => {
      for (let kill = 1; kill <= 2; kill++) {
        const pid = (await stage.modeltap.pids())[name];
        await Bun.sleep(150);
        process.kill(pid, "SIGKILL");
        await eventually(async () => ((await stage.modeltap.pids())[name] === pid ? undefined : true), `a new ${name}`);
        await waitUntilWell();
      }
    });
    expect((await waitUntilWell()).children[name].restarts).toBe(before + 2);
    expect(stage.modeltap.logs()).toContain("SIGKILL");
  },
);

test("both may be killed at the same moment", async () => {
  await underTraffic(async () => {
    await Bun.sleep(150);
    const { recorder, api } = await stage.modeltap.pids();
    process.kill(recorder, "SIGKILL");
    process.kill(api, "SIGKILL");
    await Bun.sleep(100);
    await waitUntilWell();
  });
});

test("an api that stands still delays no traffic: a page waits, calls do not", async () => {
  const { api } = await stage.modeltap.pids();
  let page: Promise<number> | undefined;
  let isAnswered = false;
  await underTraffic(async () => {
    process.kill(api, "SIGSTOP");
    try {
      page = fetch(`${stage.url}/stats/summary`).then(({ status }) => {
        isAnswered = true;
        return status;
      });
      await Bun.sleep(1000);
      expect(isAnswered).toBe(false);
    } finally {
      process.kill(api, "SIGCONT");
    }
  });
  expect(await page).toBe(200);
});

test("pages that are asked hard delay no traffic to its harm, and are answered", async () => {
  const paths = ["/stats/summary?all=true", "/stats/by-model", "/admin/api/requests?text=zz&count=true&limit=1000"];
  await underTraffic(async () => {
    const until = performance.now() + 1000;
    const ask = async (path: string) => {
      while (performance.now() < until) await stage.modeltap.stats(path);
    };
    await Promise.all([...paths, ...paths].map(ask));
  });
});

test("nothing is left running, and no memory held", async () => {
  const { traffic } = (await stage.health()) as { traffic: { running: number; held_bytes: number } };
  expect([traffic.running, traffic.held_bytes]).toEqual([0, 0]);
});

test("a recorder that stands still delays no traffic, and reads everything afterwards", async () => {
  const { recorder } = await stage.modeltap.pids();
  await underTraffic(async () => {
    process.kill(recorder, "SIGSTOP");
    try {
      await Bun.sleep(1000);
    } finally {
      process.kill(recorder, "SIGCONT");
    }
  });
});

test("a database that another program has locked delays no traffic, and loses no row", async () => {
  const database = new Database(join(stage.modeltap.dataDir, "modeltap.db"));
  await underTraffic(async () => {
    database.run("BEGIN IMMEDIATE");
    await Bun.sleep(1500);
    database.run("ROLLBACK");
  });
  database.close();
});
