/** @module Claim: a thousand routes, a thousand keys and all limits cost the hot path less than 5 %. */

import { startModeltap, type Modeltap } from "../test/support/modeltap.ts";
import { mean, median, standardError } from "./harness/quantile.ts";
import { runRound, type Round } from "./harness/round.ts";
import { toNumberText, type Scale, type Section } from "./harness/section.ts";
import { spawnServer, type Target } from "./harness/target.ts";

/** More than any round reaches. */
const LIMIT = 1_000_000_000;

/** As long as a managed key: what differs shall be what is done with it, not its bytes. */
const PROVIDER_KEY = `sk-${"0".repeat(64)}`;

type Way = { readonly target: Target; readonly bearer: string; readonly rounds: Round[] };

/** Two fresh instances, measured in turns. */
type Pair = { readonly plain: readonly Round[]; readonly full: readonly Round[] };

export async function measureDoors(scale: Scale): Promise<Section> {
  const isFull = scale === "full";
  const count = isFull ? 1000 : 20;
  const provider = await spawnServer("bench/harness/provider.ts");
  try {
    const pairs: Pair[] = [];
    // Two equal instances differ by some percent for as long as they live: few pairs would measure their luck.
    for (let at = 0; at < (isFull ? 12 : 1); at++) pairs.push(await measurePair(provider.url, count, isFull, at));
    return toSection(count, pairs);
  } finally {
    provider.child.kill("SIGKILL");
    await provider.child.exited;
  }
}

async function measurePair(url: string, count: number, isFull: boolean, at: number): Promise<Pair> {
  await using plain = await start(url, {}, []);
  const { key, home } = await prepareFull(url, count);
  await using full = await start(url, CLIENT_LIMITS, toRoutes(count), home);
  const ways: readonly [Way, Way] = [
    { target: await toTarget(plain), bearer: PROVIDER_KEY, rounds: [] },
    { target: await toTarget(full), bearer: key, rounds: [] },
  ];
  const order = {
    connections: 8,
    requestBytes: 1024,
    answer: { type: "body", bytes: 1024 },
    warmupMs: isFull ? 200 : 50,
    durationMs: isFull ? 2_000 : 300,
  } as const;
  // Some 30,000 requests: until then the engine still compiles, and what has more code has more to compile.
  for (const { target, bearer } of ways) await runRound(target, { ...order, bearer, durationMs: isFull ? 6_000 : 50 });
  for (let round = 0; round < (isFull ? 2 : 1); round++) {
    // Who goes first takes turns: the machine's mood falls on both.
    for (const { target, bearer, rounds } of (at + round) % 2 === 0 ? ways : ways.toReversed()) {
      rounds.push(await runRound(target, { ...order, bearer }));
    }
  }
  return { plain: ways[0].rounds, full: ways[1].rounds };
}

const CLIENT_LIMITS = {
  MODELTAP_CLIENT_LIMITS_REQUESTS_PER_MINUTE: String(LIMIT),
  MODELTAP_CLIENT_LIMITS_TOKENS_PER_MINUTE: String(LIMIT),
};

/** Half of them prefixes; one has the model that is asked for. */
function toRoutes(count: number): Record<string, string>[] {
  return Array.from({ length: count }, (_, at) => ({
    model: at === count / 2 ? "gpt-4o-mini" : at % 2 === 0 ? `model-${at}` : `family-${at}-*`,
    upstream: "openai",
  }));
}

/** Keys are made in a process of their own: a thousand changes leave traces in memory that one which found them has not. */
async function prepareFull(url: string, count: number): Promise<{ readonly key: string; readonly home: string }> {
  const modeltap = await start(url, CLIENT_LIMITS, toRoutes(count));
  try {
    const key = await makeKeys(modeltap, count);
    await modeltap.stop();
    return { key, home: modeltap.home };
  } catch (failure) {
    await modeltap.destroy();
    throw failure;
  }
}

function start(
  url: string,
  env: Readonly<Record<string, string>>,
  routes: readonly Record<string, string>[],
  home?: string,
) {
  const auth = { mode: "bearer", env: "UPSTREAM_CREDENTIAL" };
  return startModeltap({
    ...(home === undefined ? {} : { home }),
    config: { upstream: "openai", providers: { openai: { base_url: url, auth } }, routes: [...routes] },
    env: { UPSTREAM_CREDENTIAL: "bench", ...env },
  });
}

/** Answers one of them. */
async function makeKeys(modeltap: Modeltap, count: number): Promise<string> {
  let key = "";
  const make = async (at: number): Promise<void> => {
    const answer = await fetch(`${modeltap.url}/admin/api-keys`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ name: `key ${at}`, requests_per_minute: LIMIT, tokens_per_minute: LIMIT }),
    });
    // Our own api, by its contract.
    if (at === Math.floor(count / 2)) ({ key } = (await answer.json()) as { key: string });
    else await answer.arrayBuffer();
  };
  for (let from = 0; from < count; from += 20) {
    await Promise.all(Array.from({ length: Math.min(20, count - from) }, (_, at) => make(from + at)));
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

function toSection(count: number, pairs: readonly Pair[]): Section {
  const cpuUs = (round: Round): number => (round.proxyCpuMs * 1000) / round.totalRequests;
  const speed = (round: Round): number => round.requests / round.seconds;
  const p50 = (round: Round): number => round.p50Ms;
  const toRow = (name: string, rounds: readonly Round[]): string[] => [
    name,
    ...[speed, p50, cpuUs].map((read) => toNumberText(median(rounds.map(read)))),
  ];
  const plain = pairs.flatMap((pair) => pair.plain);
  const full = pairs.flatMap((pair) => pair.full);
  const ratios = (read: (round: Round) => number): readonly number[] =>
    pairs.map((pair) => mean(pair.full.map(read)) / mean(pair.plain.map(read)));
  return {
    title: "Routes, keys and limits",
    method:
      "POST /v1/chat/completions, 1 KB each way, 8 connections, to two instances in turns: one as it comes, to which the client sends a key of its provider, and one where " +
      "the model has a route among a thousand (half of them prefixes), the client a managed key among a thousand, and both " +
      "key and client have limits of requests and tokens that are never reached. Ratios are means over " +
      `${pairs.length} pairs of fresh, warm instances, since two equal ones differ by some percent as long as they live.`,
    columns: ["with", "requests/s", "p50 ms", "proxy CPU µs/request"],
    rows: [toRow("nothing set", plain), toRow(`${count} routes, ${count} keys, limits`, full)],
    figures: [
      {
        name: "CPU of the proxy process with all of them against without",
        value: mean(ratios(cpuUs)),
        unit: "×",
        isCoarse: true,
        aim: { is: "at most", value: 1.05 },
      },
      {
        name: "throughput with all of them against without",
        value: mean(ratios(speed)),
        unit: "×",
        aim: { is: "at least", value: 0.95 },
      },
      { name: "standard error of that of CPU", value: standardError(ratios(cpuUs)), unit: "", isCoarse: true },
      { name: "standard error of that of throughput", value: standardError(ratios(speed)), unit: "", isCoarse: true },
      {
        name: "failed requests",
        value: [...plain, ...full].reduce((sum, { failures }) => sum + failures, 0),
        unit: "",
        aim: { is: "at most", value: 0 },
      },
    ],
  };
}
