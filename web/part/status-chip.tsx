/** @module Whether requests are being recorded, and whether this page hears of them. */

import { liveState, statusAnswer } from "../live.ts";

export function StatusChip() {
  const recording = statusAnswer.value?.recording;
  const away = liveState.value === "away";
  const level = away ? "unknown" : (recording?.level ?? "unknown");
  const text = away ? "reconnecting" : (recording?.text ?? "connecting");
  const lost = statusAnswer.value?.status?.journal?.lostExchanges;
  const title = away
    ? "This page lost its connection to modeltap; it keeps trying."
    : `Recording: ${text}.${lost === undefined ? "" : ` ${lost} exchanges lost since the start.`}`;
  return (
    <span class={`chip chip-${level}`} role="status" title={title}>
      <i aria-hidden="true" />
      <span>{text}</span>
    </span>
  );
}
