/** @module A steady stream of demo sessions through the proxy: two to four at a time, for as long as the demo runs. */

import type { DemoRequest } from "./client/call.ts";
import { sendRequest, type Sent } from "./send.ts";
import { createSession } from "./sessions.ts";
import { forkRandom, pickInteger, type Random, shuffle } from "./random.ts";
import { OPENINGS, REPERTOIRE } from "./scenario/scenarios.ts";
import type { Scenario } from "./script.ts";
import { sleep } from "./sleep.ts";

export type DemoTrafficOptions = {
  /** Address of the proxy, without a trailing slash. */
  readonly proxyUrl: string;
  readonly random: Random;
  /** Told what should not happen; the faults of the fake provider should. */
  readonly onError: (error: Error) => void;
  /** Factor on every wait of persons and tools; 1 is lively, 0 does not wait. */
  readonly pace?: number;
};

export type DemoTraffic = {
  /** Breaks off what is open; resolved when nothing of it is left. */
  stop(): Promise<void>;
};

/** Each plays one session after the other; the gaps of the last two make it two to four at a time. Unit: milliseconds. */
const LANES = [
  { startMs: 0, gapMs: 800 },
  { startMs: 300, gapMs: 1200 },
  { startMs: 900, gapMs: 4000 },
  { startMs: 2000, gapMs: 8000 },
] as const;

const MOST_TRIES = 4;
/** Share of streams whose client hangs up; never in the opening sessions, which introduce the product. */
const ABORT_SHARE = 0.03;
/** Wait after something unexpected, so that a dead proxy is not hammered. Never scaled. */
const BACK_OFF_MS = 1000;

export function startDemoTraffic(options: DemoTrafficOptions): DemoTraffic {
  const { proxyUrl, onError, pace = 1 } = options;
  const stopping = new AbortController();
  const { signal } = stopping;
  const lanes = LANES.map((lane, index) => play(lane, OPENINGS[index] ?? [], forkRandom(options.random)));

  async function play(lane: (typeof LANES)[number], openings: readonly Scenario[], random: Random): Promise<void> {
    await sleep(lane.startMs * pace, signal);
    for (const scenario of openings) await playSession(scenario, lane.gapMs, random, 0);
    while (!signal.aborted) {
      for (const scenario of shuffle(random, REPERTOIRE)) await playSession(scenario, lane.gapMs, random, ABORT_SHARE);
    }
  }

  async function playSession(scenario: Scenario, gapMs: number, random: Random, abortShare: number): Promise<void> {
    const session = createSession(scenario, random);
    for (let call = session.nextCall(); call !== undefined && !signal.aborted; call = session.nextCall()) {
      await sleep(call.pauseMs * pace, signal);
      const answer = await insist(call.request, random, abortShare);
      if (answer === undefined) break;
      session.takeAnswer(answer);
    }
    // A turn of the event loop even at pace 0.
    await sleep(Math.max(1, pickInteger(random, gapMs / 2, gapMs) * pace), signal);
  }

  /** As real clients do it: tried again where that may help. Undefined ends the session. */
  async function insist(request: DemoRequest, random: Random, abortShare: number): Promise<string | undefined> {
    for (let tries = 0; tries < MOST_TRIES && !signal.aborted; tries += 1) {
      const isLeft = request.streaming && random() < abortShare;
      const patienceMs = isLeft ? pickInteger(random, 300, 1500) * pace : undefined;
      const sent = await sendRequest({ proxyUrl, request: countTry(request, tries), signal, patienceMs });
      if (sent.kind === "answer") return sent.text;
      if (sent.kind === "left" || signal.aborted) return undefined;
      // Too long an input is left out, and the session goes on without it.
      if (sent.kind === "refused") return "";
      if (sent.kind === "unexpected") onError(sent.error);
      await sleep(waitAfter(sent), signal);
    }
    return undefined;
  }

  function waitAfter(sent: Sent): number {
    if (sent.kind === "unexpected") return BACK_OFF_MS;
    return (sent.kind === "later" ? sent.retryAfterMs : 500) * pace;
  }

  return {
    async stop() {
      stopping.abort();
      await Promise.all(lanes);
    },
  };
}

function countTry(request: DemoRequest, tries: number): DemoRequest {
  if (tries === 0 || request.headers["x-stainless-retry-count"] === undefined) return request;
  return { ...request, headers: { ...request.headers, "x-stainless-retry-count": String(tries) } };
}
