/** @module Where the time of one request went: ours, the upstream's wait, the first token, the rest. */

import type { RequestDetail } from "../../src/api/contract.ts";
import { formatDuration } from "../format.ts";

type Phase = { readonly name: string; readonly label: string; readonly ms: number; readonly title: string };

export function TimingBar({ detail }: { readonly detail: RequestDetail }) {
  const total = detail.duration_ms;
  if (total === null) {
    return (
      <p class="panel timing sub">{detail.state === "pending" ? "In flight." : "How long it took is not known."}</p>
    );
  }
  const phases = toPhases(detail, total);
  const tokensPerSecond = toTokenRate(detail, total);
  return (
    <section class="panel timing" aria-label="Timing">
      <dl class="figures">
        <div>
          <dt>Total</dt>
          <dd>{formatDuration(total)}</dd>
        </div>
        <div>
          <dt title="Request received to the first byte of the answer">First byte</dt>
          <dd>{formatDuration(detail.ttfb_ms)}</dd>
        </div>
        <div>
          <dt title="Request received to the first byte of the model's output">First token</dt>
          <dd>{formatDuration(detail.ttft_ms)}</dd>
        </div>
        <div>
          <dt title="What modeltap itself added">Overhead</dt>
          <dd>{formatDuration(detail.overhead_ms)}</dd>
        </div>
        {tokensPerSecond !== undefined && (
          <div>
            <dt title="Output tokens per second after the first token">Speed</dt>
            <dd>{tokensPerSecond.toFixed(0)} tok/s</dd>
          </div>
        )}
      </dl>
      <div class="timing-track" aria-hidden="true">
        {phases.map((phase) => (
          <i
            key={phase.name}
            class={`phase-${phase.name}`}
            style={{ flexGrow: phase.ms }}
            title={`${phase.title}: ${formatDuration(phase.ms)}`}
          />
        ))}
      </div>
      <ul class="legend">
        {phases.map((phase) => (
          <li key={phase.name} class={`key-${phase.name}`}>
            {phase.label} <span class="sub">{formatDuration(phase.ms)}</span>
          </li>
        ))}
      </ul>
    </section>
  );
}

/** Speed from the first token on; too short an answer says nothing about it. */
function toTokenRate(detail: RequestDetail, total: number): number | undefined {
  if (detail.output_tokens === null || detail.ttft_ms === null || detail.streaming === 0) return undefined;
  const seconds = (total - detail.ttft_ms) / 1000;
  return seconds > 0.2 && detail.output_tokens > 10 ? detail.output_tokens / seconds : undefined;
}

function toPhases(detail: RequestDetail, total: number): readonly Phase[] {
  const overhead = Math.min(detail.overhead_ms ?? 0, total);
  const firstByte = clamp(detail.ttfb_ms ?? total, overhead, total);
  const firstToken = clamp(detail.ttft_ms ?? firstByte, firstByte, total);
  const phases: readonly Phase[] = [
    { name: "overhead", label: "modeltap", ms: overhead, title: "modeltap itself" },
    { name: "wait", label: "Waiting", ms: firstByte - overhead, title: "Until the first byte" },
    {
      name: "think",
      label: "To first token",
      ms: firstToken - firstByte,
      title: "From the first byte to the first token",
    },
    { name: "answer", label: "Answer", ms: total - firstToken, title: "The rest of the answer" },
  ];
  return phases.filter((phase) => phase.ms > 0);
}

function clamp(value: number, low: number, high: number): number {
  return Math.max(low, Math.min(high, value));
}
