/** @module The rest of what is known of a request: attempts, edits, warnings, names and ids. */

import type { ComponentChildren } from "preact";
import type { RequestDetail } from "../../src/api/contract.ts";
import type { FixOutcome } from "../../src/domain/fix.ts";
import { formatDuration } from "../format.ts";
import { EmptyNote } from "./state.tsx";

export function AttemptsPanel({ detail }: { readonly detail: RequestDetail }) {
  return (
    <section class="panel" aria-labelledby="attempts-title">
      <header class="panel-head">
        <h2 id="attempts-title">Attempts</h2>
        <span class="sub">{detail.upstream}</span>
      </header>
      {detail.attempts.length === 0 ? (
        <EmptyNote>{tellNoAttempts(detail)}</EmptyNote>
      ) : (
        <ol class="attempts">
          {detail.attempts.map((attempt, index) => (
            <li key={index}>
              <b class={(attempt.status_code ?? 599) >= 400 ? "bad" : ""}>
                {attempt.status_code ?? attempt.error_code ?? "—"}
              </b>
              <span class="mono">{attempt.url}</span>
              <span class="sub">
                {attempt.ended_ms === null ? "" : formatDuration(attempt.ended_ms - attempt.started_ms)}
              </span>
            </li>
          ))}
        </ol>
      )}
      <h3>Edits by modeltap</h3>
      {detail.edits.length === 0 ? (
        <p class="sub pad">None: every byte went through as it came.</p>
      ) : (
        <dl class="facts">
          {detail.edits.map((edit, index) => (
            <div key={index}>
              <dt>
                {edit.side}: {edit.kind}
              </dt>
              <dd class="mono">{edit.detail ?? ""}</dd>
            </div>
          ))}
        </dl>
      )}
      {detail.warnings.length > 0 && (
        <>
          <h3>Warnings</h3>
          <ul class="warnings">
            {detail.warnings.map((warning, index) => (
              <li key={index}>{warning}</li>
            ))}
          </ul>
        </>
      )}
    </section>
  );
}

/** Attempts are written with the end of a request: before it, and without it, an empty list says nothing. */
function tellNoAttempts({ state, status_code }: RequestDetail): string {
  if (state === "pending") return "They are listed when the request ends.";
  if (state !== "interrupted") return "Nothing was sent upstream.";
  return status_code === null
    ? "modeltap stopped before it kept what it had sent; no answer is recorded."
    : `The upstream answered ${status_code}; modeltap stopped before the list of attempts was kept.`;
}

function withEvidence(value: string | null, evidence: string | null): string | null {
  return value === null || evidence === null ? value : `${value} (${evidence})`;
}

function SessionLink({ id }: { readonly id: string }) {
  return <a href={`/admin/requests?session=${encodeURIComponent(id)}`}>{id}</a>;
}

/** What each fix did, or that it had nothing to do. */
function Fixes({ fixes }: { readonly fixes: FixOutcome }) {
  const lines = [
    ...fixes.applied.map(({ fix, action, function: called }) => `${fix} applied: ${action} ${called ?? ""}`),
    ...fixes.warnings.map(({ fix, text }) => `${fix} warned: ${text}`),
  ];
  const idle = fixes.configured.filter((id) => ![...fixes.applied, ...fixes.warnings].some(({ fix }) => fix === id));
  return (
    <>
      {[...lines, ...idle.map((id) => `${id}: nothing to do`)].map((line, index) => (
        <p key={index}>{line}</p>
      ))}
    </>
  );
}

export function FactsPanel({ detail }: { readonly detail: RequestDetail }) {
  const { identity, turn } = detail;
  const facts: readonly (readonly [label: string, value: ComponentChildren])[] = [
    ["Model asked for", detail.request_model],
    ["Model answered", detail.response_model],
    ["Dialect", detail.dialect],
    ["Surface", detail.surface],
    ["Upstream", detail.upstream],
    ["Kind", detail.kind === "generation" ? "model call" : "other call"],
    ["State", detail.ended_by === null ? detail.state : `${detail.state}, ended by ${detail.ended_by}`],
    ["Finish reason", detail.finish_reason],
    ["Service tier", detail.service_tier],
    ["Response id", detail.response_id],
    ["Tool", withEvidence(detail.tool, identity.tool_evidence)],
    ["Client", withEvidence(detail.client, identity.client_evidence)],
    ["Session", detail.session_id && <SessionLink id={detail.session_id} />],
    ["Session told from", identity.session_evidence],
    ["Parent session", identity.parent_session_id && <SessionLink id={identity.parent_session_id} />],
    ["Run", identity.run],
    ["Tools called", turn.tool_calls.map(({ name }) => name).join(", ") || null],
    ["Error class", detail.error_class],
    ["Fixes", detail.fixes && <Fixes fixes={detail.fixes} />],
    ["Billing", detail.billing],
    ["Capture", detail.capture],
    ["Error code", detail.error_code],
    ["Error", detail.error],
    ["Row", String(detail.id)],
  ];
  return (
    <section class="panel" aria-labelledby="facts-title">
      <header class="panel-head">
        <h2 id="facts-title">Facts</h2>
      </header>
      <dl class="facts">
        {facts.map(([label, value]) =>
          value === null ? null : (
            <div key={label}>
              <dt>{label}</dt>
              <dd class="mono">{value}</dd>
            </div>
          ),
        )}
      </dl>
    </section>
  );
}
