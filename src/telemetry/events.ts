/** @module Everything modeltap says in its log, by name: level, words and facts of each event in one place. */

import type { LogFields, Logger } from "./log.ts";
import type { OncePerMinute } from "./once-per-minute.ts";

/** Each event's line has its name in `event`. Events that traffic can repeat are said once a minute, with a count. */
export function createEvents(log: Logger, oncePerMinute: OncePerMinute) {
  const repeated = (event: string, key: string, message: string, fields: LogFields, level: "warn" | "error"): void =>
    oncePerMinute(`${event} ${key}`, (heldBack) =>
      log[level](message, { event, ...fields, ...(heldBack === 0 ? {} : { held_back: heldBack }) }),
    );

  return {
    configNotice: (facts: { readonly notice: string }): void => log.warn(facts.notice, { event: "config_notice" }),
    configReloaded: (): void =>
      log.info("the configuration was read again: providers and routes are those of now", { event: "config_reloaded" }),
    tlsInsecure: (facts: { readonly provider: string }): void =>
      log.warn("certificates of this provider are not checked: anyone on the way can read and change its traffic", {
        event: "tls_insecure",
        provider: facts.provider,
      }),
    addressLeftOut: (facts: { readonly address: string; readonly reason: string }): void =>
      log.warn("one address is left out", { event: "address_left_out", ...facts }),
    childEnded: (facts: { readonly child: string; readonly how: string; readonly restartInMs: number }): void =>
      log.warn(`${facts.child} ended and is started again`, {
        event: "child_ended",
        child: facts.child,
        how: facts.how,
        restart_in_ms: facts.restartInMs,
      }),
    recorderHangs: (facts: { readonly silentMs: number }): void =>
      log.warn("the recorder hangs and is ended, to be started again", {
        event: "recorder_hangs",
        silent_ms: facts.silentMs,
      }),
    journalProblem: (facts: { readonly kind: string; readonly detail: string }): void =>
      repeated("journal_problem", facts.kind, `journal: ${facts.kind}`, { detail: facts.detail }, "warn"),
    requestFault: (facts: { readonly reason: string }): void =>
      repeated("request_fault", facts.reason, "a request met a fault of modeltap", { reason: facts.reason }, "error"),
    breakerOpened: (facts: { readonly upstream: string; readonly reason: string; readonly restMs: number }): void =>
      log.warn("an upstream keeps failing and gets no requests for a while", {
        event: "breaker_opened",
        upstream: facts.upstream,
        reason: facts.reason,
        rest_ms: facts.restMs,
      }),
    breakerClosed: (facts: { readonly upstream: string }): void =>
      log.info("an upstream gets requests again", { event: "breaker_closed", upstream: facts.upstream }),
    demoFault: (facts: { readonly reason: string }): void =>
      repeated(
        "demo_fault",
        facts.reason,
        "the demo met an answer it did not expect",
        { reason: facts.reason },
        "warn",
      ),
    uncaught: (facts: { readonly reason: string }): void =>
      repeated("uncaught", facts.reason, "a fault of modeltap that nothing caught", facts, "error"),
    stopping: (facts: { readonly signal: string }): void => log.info("stopping", { event: "stopping", ...facts }),
    stopped: (facts: { readonly exitCode: number }): void =>
      log.info("stopped", { event: "stopped", exit_code: facts.exitCode }),
  };
}

/** The events of one process. */
export type Events = ReturnType<typeof createEvents>;
