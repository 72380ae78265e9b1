/** @module Claim: a thousand routes, a thousand keys and all limits cost the hot path less than 5 %. */

import { startModeltap, type Modeltap } from "../test/support/modeltap.ts";
import { median } from "./harness/quantile.ts";
import { runRound, type Round } from "./harness/round.ts";
import { toNumberText, type Scale, type Section } from "./harness/section.ts";
import { spawnServer, type Target } from "./harness/target.ts";

/** More than any round reaches. */
const LIMIT = 1_000_000_000;

type Way = { readonly name: string; readonly target: Target; readonly bearer: string; readonly rounds: Round[] };

export async function measureDoors(scale: Scale): Promise<Section> {
  const count = scale === "full" ? 1000 : 20;
  const provider = await spawnServer("bench/harness/provider.ts");
  try {
    await using plain = await start(provider.url, {}, []);
    await using full = await start(
      provider.url,
      {
        MODELTAP_CLIENT_LIMITS_REQUESTS_PER_MINUTE: String(LIMIT),
        MODELTAP_CLIENT_LIMITS_TOKENS_PER_MINUTE: String(LIMIT),
      },
      Array.from({ length: count }, (_, at) => ({
        model: at === count / 2 ? "gpt-4o-mini" : at % 2 === 0 ? `model-${at}` : `family-${at}-*`,
        upstream: "openai",
      })),
    );
    const bearer = await makeKeys(full, count);
    const ways: readonly Way[] = [
      { name: "nothing set", target: await toTarget(plain), bearer: "bench", rounds: [] },
      { name: `${count} routes, ${count} keys, limits`, target: await toTarget(full), bearer, rounds: [] },
    ];
    const order = {
      connections: 8,
      requestBytes: 1024,
      answer: { type: "body", bytes: 1024 },
      warmupMs: scale === "full" ? 500 : 50,
      durationMs: scale === "full" ? 2_000 : 300,
    } as const;
    for (let round = 0; round < (scale === "full" ? 9 : 1); round++) {
      // Who goes first takes turns: the machine's mood falls on both.
      for (const way of round % 2 === 0 ? ways : ways.toReversed()) {
        way.rounds.push(await runRound(way.target, { ...order, bearer: way.bearer }));
      }
    }
    return toSection(ways);
  } finally {
    provider.child.kill("SIGKILL");
    await provider.child.exited;
  }
}

function start(url: string, env: Readonly<Record<string, string>>, routes: readonly Record<string, string>[]) {
  const auth = { mode: "bearer", env: "UPSTREAM_CREDENTIAL" };
  return startModeltap({
    config: { upstream: "openai", providers: { openai: { base_url: url, auth } }, routes: [...routes] },
    env: { UPSTREAM_CREDENTIAL: "bench", ...env },
  });
}

/** Answers one of them. */
async function makeKeys(modeltap: Modeltap, count: number): Promise<string> {
  let key = "";
  for (let at = 0; at < count; at++) {
    const answer = await fetch(`${modeltap.url}/admin/api-keys`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ name: `key ${at}`, requests_per_minute: LIMIT, tokens_per_minute: LIMIT }),
    });
    // Our own api, by its contract.
    if (at === Math.floor(count / 2)) ({ key } = (await answer.json()) as { key: string });
    else await answer.arrayBuffer();
  }
  return key;
}

async function toTarget(modeltap: Modeltap): Promise<Target> {
  const ids = await modeltap.pids();
  return {
    name: "modeltap",
    url: modeltap.url,
    pids: [ids.proxy, ids.recorder, ids.api],
    proxyPids: [ids.proxy],
  };
}

function toSection(ways: readonly Way[]): Section {
  const cpuUs = (round: Round): number => (round.proxyCpuMs * 1000) / round.totalRequests;
  const speed = (round: Round): number => round.requests / round.seconds;
  const [plain, full] = ways;
  /** Of rounds that ran one after the other. */
  const ratio = (read: (round: Round) => number): number =>
    median((full?.rounds ?? []).map((round, at) => read(round) / read(plain?.rounds[at] ?? round)));
  const failures = ways.flatMap(({ rounds }) => rounds).reduce((sum, round) => sum + round.failures, 0);
  return {
    title: "Routes, keys and limits",
    method:
      "POST /v1/chat/completions, 1 KB each way, 8 connections, to two instances in turns: one as it comes, and one where " +
      "the model has a route among a thousand (half of them prefixes), the client a managed key among a thousand, and both key and client have " +
      "limits of requests and tokens that are never reached. Ratios are medians over pairs of rounds.",
    columns: ["with", "requests/s", "p50 ms", "proxy CPU µs/request"],
    rows: ways.map(({ name, rounds }) => [
      name,
      ...[speed, (round: Round) => round.p50Ms, cpuUs].map((read) => toNumberText(median(rounds.map(read)))),
    ]),
    figures: [
      {
        name: "CPU of the proxy process with all of them against without",
        value: ratio(cpuUs),
        unit: "×",
        isCoarse: true,
        aim: { is: "at most", value: 1.05 },
      },
      {
        name: "throughput with all of them against without",
        value: ratio(speed),
        unit: "×",
        aim: { is: "at least", value: 0.95 },
      },
      { name: "failed requests", value: failures, unit: "", aim: { is: "at most", value: 0 } },
    ],
  };
}
