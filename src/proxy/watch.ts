/** @module Watches all running exchanges for passed time limits, with one timer for all of them. */

import type { LiveExchange } from "./live.ts";
import type { UpstreamTimeouts } from "../provider/upstream.ts";

export type Watch = {
  add(live: LiveExchange): void;
  remove(live: LiveExchange): void;
  readonly running: ReadonlySet<LiveExchange>;
  /** Something answered from this origin: connections to it work. */
  connected(origin: string): void;
  close(): void;
};

export type WatchOptions = {
  readonly timeouts: UpstreamTimeouts;
  readonly now: () => number;
  /** Opens and closes a connection (with TLS for https); resolves when it stands. */
  readonly probe: (origin: string) => Promise<void>;
};

/**
 * `fetch` cannot tell whether it is still connecting. So half-way to the connect limit a second connection to the same
 * origin is tried: if that does not stand either by the limit, the upstream cannot be reached and the wait is over.
 * Cost: nothing for answers that come within half the connect limit.
 */
export function createWatch(options: WatchOptions): Watch {
  const { now } = options;
  const general = options.timeouts;
  const running = new Set<LiveExchange>();
  const connectedAt = new Map<string, number>();
  const probing = new Set<string>();
  const intervalMs = Math.max(5, Math.min(250, ...Object.values(general).map((limitMs) => limitMs / 8)));
  const timer = setInterval(sweep, intervalMs);
  timer.unref();

  function sweep(): void {
    const at = now();
    for (const live of running) check(live, at);
  }

  function check(live: LiveExchange, at: number): void {
    const waitedMs = at - live.forwardedAt;
    const timeouts = live.upstream.timeouts ?? general;
    switch (live.phase) {
      case "request":
        watchBody(live, at - live.sentAt, timeouts);
        return;
      case "connect":
        watchConnect(live, waitedMs, timeouts);
        // The other limits begin as early: a short one may pass before it is known whether the connection stands.
        watchHead(live, at - live.sentAt, timeouts);
        watchTotal(live, waitedMs, timeouts);
        return;
      case "answer":
        watchHead(live, at - live.sentAt, timeouts);
        watchTotal(live, waitedMs, timeouts);
        return;
      case "upstream-body":
        if (at - live.aliveAt > timeouts.idleMs) {
          live.stop("upstream", "upstream_idle_timeout", `Nothing was sent for ${seconds(timeouts.idleMs)}.`);
        }
        // The time in which the client did not read is not the upstream's.
        watchTotal(live, waitedMs - live.restedMs, timeouts);
        return;
      default:
    }
  }

  /** A body that is held before anything is sent: its memory is not kept for a client that is gone without a word. */
  function watchBody(live: LiveExchange, waitedMs: number, timeouts: UpstreamTimeouts): void {
    if (!live.awaitsClient || waitedMs <= timeouts.idleMs || live.cause !== undefined) return;
    giveUpClient(live, timeouts);
    live.hangUp();
  }

  /** An upload may take its time; who does not send is not the upstream. */
  function watchHead(live: LiveExchange, waitedMs: number, timeouts: UpstreamTimeouts): void {
    if (live.awaitsClient) {
      if (waitedMs <= timeouts.idleMs) return;
      giveUpClient(live, timeouts);
      return;
    }
    const { firstByteMs, streamFirstByteMs = firstByteMs } = timeouts;
    if (waitedMs <= Math.min(firstByteMs, streamFirstByteMs)) return;
    const limitMs = streamFirstByteMs !== firstByteMs && isStream(live) ? streamFirstByteMs : firstByteMs;
    if (waitedMs > limitMs) {
      live.stop("upstream", "upstream_first_byte_timeout", `No answer within ${seconds(limitMs)}.`);
    }
  }

  function giveUpClient(live: LiveExchange, timeouts: UpstreamTimeouts): void {
    live.stop("client", "request_timeout", `Nothing of the request came for ${seconds(timeouts.idleMs)}.`);
  }

  function watchTotal(live: LiveExchange, ranMs: number, { totalMs, streamTotalMs }: UpstreamTimeouts): void {
    if (totalMs === undefined && streamTotalMs === undefined) return;
    const limitMs = isStream(live) ? streamTotalMs : totalMs;
    if (limitMs === undefined || ranMs <= limitMs) return;
    live.stop("upstream", "upstream_total_timeout", `The answer was not complete within ${seconds(limitMs)}.`);
  }

  function watchConnect(live: LiveExchange, waitedMs: number, timeouts: UpstreamTimeouts): void {
    const origin = originOf(live);
    if ((connectedAt.get(origin) ?? -1) >= live.forwardedAt) {
      live.phase = "answer";
      return;
    }
    if (waitedMs > timeouts.connectMs) {
      live.stop(
        "upstream",
        "upstream_connect_timeout",
        `No connection to ${origin} within ${seconds(timeouts.connectMs)}.`,
      );
      return;
    }
    if (waitedMs > timeouts.connectMs / 2 && !probing.has(origin)) {
      probing.add(origin);
      options.probe(origin).then(
        () => {
          probing.delete(origin);
          connectedAt.set(origin, now());
        },
        // A refused or failed probe proves nothing new: fetch itself meets the same and reports it better.
        () => probing.delete(origin),
      );
      // A probe that hangs must not stop the next one for good.
      setTimeout(() => probing.delete(origin), timeouts.connectMs).unref();
    }
  }

  return {
    running,
    add(live) {
      running.add(live);
    },
    remove(live) {
      running.delete(live);
    },
    connected(origin) {
      if (connectedAt.size >= 1000) connectedAt.clear();
      connectedAt.set(origin, now());
    },
    close() {
      clearInterval(timer);
    },
  };
}

function isStream(live: LiveExchange): boolean {
  return live.answersWithStream ?? live.asksForStream?.() ?? false;
}

/** Scheme and authority of the upstream an exchange goes to. */
export function originOf(live: LiveExchange): string {
  const base = live.upstream.baseUrl ?? "";
  const end = base.indexOf("/", base.indexOf("://") + 3);
  return end === -1 ? base : base.slice(0, end);
}

function seconds(ms: number): string {
  return ms >= 1000 ? `${Math.round(ms / 100) / 10} s` : `${Math.round(ms)} ms`;
}
