/** @module What the proxy process last told of itself, and the one line about recording that the pages show. */

import type { ProxyStatus, RecordingState } from "./contract.ts";

/** Two missed reports: the proxy tells its state once a second. */
const STALE_MS = 5_000;

/** Keeps the newest status. `receive` takes any process message and ignores what is none. */
export function createStatusBoard(now: () => number) {
  let status: ProxyStatus | null = null;
  let receivedAt = 0;
  return {
    receive(message: unknown): void {
      if (typeof message !== "object" || message === null || !("type" in message) || message.type !== "status") return;
      if (!("status" in message) || typeof message.status !== "object" || message.status === null) return;
      // Sent by our own parent; every field is optional and read with care.
      status = message.status;
      receivedAt = now();
    },
    get status(): ProxyStatus | null {
      return status;
    },
    get ageMs(): number | null {
      return status === null ? null : now() - receivedAt;
    },
    get recording(): RecordingState {
      return toRecordingState(status, this.ageMs);
    },
  };
}

export type StatusBoard = ReturnType<typeof createStatusBoard>;

/** The state of recording in one line, the worst news first. Pure. */
export function toRecordingState(status: ProxyStatus | null, ageMs: number | null): RecordingState {
  if (status === null) return { level: "unknown", text: "state not known yet" };
  if (ageMs !== null && ageMs > STALE_MS) return { level: "unknown", text: "proxy is silent" };
  const lost = (status.journal?.lostExchanges ?? 0) + (status.journal?.lostBodies ?? 0);
  const lostText = lost === 0 ? "" : `: ${lost} lost`;
  if (status.journal?.mode === "memory") return { level: "bad", text: `journal in memory${lostText}` };
  if (status.recorder?.state === "away") return { level: "warning", text: `recorder away${lostText}` };
  if (lost > 0) return { level: "warning", text: `recording${lostText}` };
  if (status.capture === "off") return { level: "warning", text: "recording counts only" };
  if (status.capture === "metadata") return { level: "good", text: "recording without bodies" };
  return { level: "good", text: "recording full" };
}
