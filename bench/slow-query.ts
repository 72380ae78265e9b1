/** @module Claim: slow questions to the record do not slow traffic. */

import { runRound, startLoad, type Round, type RoundOrder } from "./harness/round.ts";
import { median } from "./harness/quantile.ts";
import { toNumberText, type Scale, type Section } from "./harness/section.ts";
import { createSetup } from "./harness/target.ts";

const QUESTIONS = [
  "/stats/requests?limit=1000&all=true",
  "/stats/timeseries?days=3650&bucket=hour",
  "/stats/by-model?days=3650",
  "/stats/summary",
];

export async function measureSlowQuery(scale: Scale): Promise<Section> {
  await using setup = await createSetup();
  const target = setup.target("modeltap");
  // Something to ask about.
  const filled = startLoad({
    url: target.url,
    connections: 32,
    requestBytes: 1024,
    answer: { type: "body", bytes: 1024 },
    warmupMs: 0,
    durationMs: 60_000,
    maxRequests: scale === "full" ? 20_000 : 200,
  });
  await filled.result;
  const order: RoundOrder = {
    connections: 8,
    requestBytes: 1024,
    answer: { type: "events", events: 10, paceMs: 2 },
    warmupMs: scale === "full" ? 300 : 0,
    durationMs: scale === "full" ? 3_000 : 200,
  };
  const quiet: Round[] = [];
  const asked: Round[] = [];
  const questionMs: number[] = [];
  for (let i = 0; i < (scale === "full" ? 3 : 1); i++) {
    quiet.push(await runRound(target, order));
    asked.push(await runRound(target, order, () => startAsking(setup.modeltap.url, questionMs)));
  }
  const row = (name: string, rounds: readonly Round[]) => [
    name,
    ...[(r: Round) => r.requests / r.seconds, (r: Round) => r.p50Ms, (r: Round) => r.p99Ms].map((read) =>
      toNumberText(median(rounds.map(read))),
    ),
  ];
  const ratio = median(asked.map((round) => round.p50Ms)) / median(quiet.map((round) => round.p50Ms));
  return {
    title: "Slow questions beside traffic",
    method:
      "8 connections of short streams, without and with a client that keeps asking the heaviest questions of the pages, one after the other.",
    columns: ["", "streams/s", "p50 ms", "p99 ms"],
    rows: [row("traffic alone", quiet), row("with questions", asked)],
    figures: [
      { name: "p50 of traffic with questions against without", value: ratio, unit: "×" },
      { name: "median answer to a question", value: median(questionMs), unit: "ms" },
    ],
  };
}

function startAsking(url: string, questionMs: number[]): { stop(): Promise<void> } {
  const stopped = new AbortController();
  const ask = async () => {
    for (let i = 0; !stopped.signal.aborted; i++) {
      const startedAt = performance.now();
      const answer = await fetch(`${url}${QUESTIONS[i % QUESTIONS.length] ?? "/stats/summary"}`);
      await answer.bytes();
      questionMs.push(performance.now() - startedAt);
    }
  };
  const asking = ask();
  return {
    stop: async () => {
      stopped.abort();
      await asking;
    },
  };
}
