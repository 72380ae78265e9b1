/** @module Upstreams with their source, whose key they get, and their breakers. */

import { useSignal } from "@preact/signals";
import type { UpstreamFacts } from "../../src/domain/routing-facts.ts";
import { sendJson, useResource } from "../resource.ts";

type Breaker = {
  readonly providerId: string;
  readonly state: string;
  readonly failures: number;
  readonly lastFailure: string | null;
};

export function UpstreamList({ upstreams }: { readonly upstreams: readonly UpstreamFacts[] }) {
  const breakers = useResource<{ readonly breakers: readonly Breaker[] }>("/admin/breakers");
  const problem = useSignal<string | undefined>(undefined);
  const byId = new Map(breakers.data?.breakers.map((breaker) => [breaker.providerId, breaker]));
  const sorted = [...upstreams].sort((a, b) => rank(a) - rank(b) || (a.id < b.id ? -1 : 1));

  const reset = async (id: string): Promise<void> => {
    problem.value = await sendJson("POST", `/admin/breakers/${encodeURIComponent(id)}/reset`);
    breakers.reload();
  };

  return (
    <section class="panel" aria-labelledby="upstreams-title">
      <header class="panel-head">
        <h2 id="upstreams-title">Upstreams</h2>
        <button type="button" class="quiet" onClick={breakers.reload}>
          Look again
        </button>
      </header>
      {problem.value !== undefined && (
        <p class="note note-error" role="alert">
          {problem.value}
        </p>
      )}
      <div class="scroll-x tall" tabIndex={0} data-scrolls>
        <table class="stacked">
          <thead>
            <tr>
              <th scope="col">Id</th>
              <th scope="col">Base URL</th>
              <th scope="col">Key</th>
              <th scope="col">Source</th>
              <th scope="col">Breaker</th>
            </tr>
          </thead>
          <tbody>
            {sorted.map((upstream) => {
              const breaker = byId.get(upstream.id);
              return (
                <tr key={`${upstream.source} ${upstream.id}`} class={upstream.in_use ? undefined : "unused"}>
                  <th scope="row">{upstream.id}</th>
                  <td class="whole">
                    <code>{upstream.base_url ?? "not set"}</code>
                  </td>
                  <td
                    data-label="key"
                    class={upstream.credential !== null && !upstream.credential_there ? "bad" : undefined}
                  >
                    {upstream.auth_mode === "preserve"
                      ? "the client's"
                      : upstream.credential === null
                        ? "none"
                        : `${upstream.credential}${upstream.credential_there ? "" : ": missing"}`}
                  </td>
                  <td
                    title={upstream.read_only_by ?? undefined}
                    data-label="from"
                    class={upstream.problem === undefined ? undefined : "bad"}
                  >
                    {upstream.problem ??
                      (upstream.hidden_by === undefined
                        ? `${upstream.source}${upstream.active ? "" : ", off"}`
                        : `stored, hidden by ${upstream.hidden_by}`)}
                  </td>
                  <td data-label="breaker">
                    {breaker === undefined ? (
                      <span class="sub">not used</span>
                    ) : (
                      <>
                        <span class={breaker.state === "closed" ? undefined : "bad"} title={breaker.lastFailure ?? ""}>
                          {breaker.state}
                          {breaker.failures > 0 && `, ${breaker.failures} failures`}
                        </span>
                        {breaker.state !== "closed" && (
                          <button
                            type="button"
                            class="quiet"
                            aria-label={`Reset the breaker of ${upstream.id}`}
                            onClick={() => void reset(upstream.id)}
                          >
                            Reset
                          </button>
                        )}
                      </>
                    )}
                  </td>
                </tr>
              );
            })}
          </tbody>
        </table>
      </div>
    </section>
  );
}

/** What somebody set up comes first, then what a key is there for. */
function rank(upstream: UpstreamFacts): number {
  return upstream.source !== "catalogue" ? 0 : upstream.key_there ? 1 : 2;
}
