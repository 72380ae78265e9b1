/** @module Upstreams with their source, whose key they get, and their breakers; stored ones and the catalogue's to change. */

import { useSignal } from "@preact/signals";
import type { UpstreamFacts } from "../../src/domain/routing-facts.ts";
import { sendJson, useResource } from "../resource.ts";
import { DeleteButton } from "./delete-button.tsx";
import { UpstreamForm } from "./upstream-form.tsx";

type Breaker = {
  readonly providerId: string;
  readonly state: string;
  readonly failures: number;
  readonly lastFailure: string | null;
};

export function UpstreamList(props: { readonly upstreams: readonly UpstreamFacts[]; readonly onChange: () => void }) {
  const { upstreams, onChange } = props;
  /** The upstream under the form; `new` for one that is not there yet. */
  const edited = useSignal<UpstreamFacts | "new" | undefined>(undefined);
  const breakers = useResource<{ readonly breakers: readonly Breaker[] }>("/admin/breakers");
  const problem = useSignal<string | undefined>(undefined);
  const byId = new Map(breakers.data?.breakers.map((breaker) => [breaker.providerId, breaker]));
  const sorted = [...upstreams].sort((a, b) => rank(a) - rank(b) || (a.id < b.id ? -1 : 1));

  const reset = async (id: string): Promise<void> => {
    problem.value = await sendJson("POST", `/admin/breakers/${encodeURIComponent(id)}/reset`);
    breakers.reload();
  };

  const change = async (method: "PATCH" | "DELETE", id: string, body?: unknown): Promise<void> => {
    problem.value = await sendJson(method, `/admin/api/upstreams/${encodeURIComponent(id)}`, body);
    if (problem.value === undefined) onChange();
  };

  return (
    <section class="panel" aria-labelledby="upstreams-title">
      <header class="panel-head">
        <h2 id="upstreams-title">Upstreams</h2>
        <div class="panel-tools">
          <button type="button" class="quiet" onClick={breakers.reload}>
            Look again
          </button>
          <button
            type="button"
            onClick={() => {
              edited.value = "new";
            }}
          >
            New upstream
          </button>
        </div>
      </header>
      {edited.value !== undefined && (
        <UpstreamForm
          key={edited.value === "new" ? "new" : edited.value.id}
          upstream={edited.value === "new" ? undefined : edited.value}
          onClose={(isChanged) => {
            edited.value = undefined;
            if (isChanged) onChange();
          }}
        />
      )}
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
              <th scope="col">
                <span class="visually-hidden">Change</span>
              </th>
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
                        ? `${upstream.source === "stored" ? "this page" : upstream.source}${upstream.active ? "" : ", off"}`
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
                  <td class="row-tools">
                    {(upstream.source === "stored" || (upstream.source === "catalogue" && upstream.in_use)) && (
                      <button
                        type="button"
                        class="quiet"
                        aria-label={`Edit ${upstream.id}`}
                        onClick={() => {
                          edited.value = upstream;
                        }}
                      >
                        Edit
                      </button>
                    )}
                    {upstream.source === "stored" && (
                      <>
                        <button
                          type="button"
                          class="quiet"
                          aria-label={`Switch ${upstream.id} ${upstream.active ? "off" : "on"}`}
                          onClick={() => void change("PATCH", upstream.id, { active: !upstream.active })}
                        >
                          {upstream.active ? "Switch off" : "Switch on"}
                        </button>
                        <DeleteButton what={upstream.id} onDelete={() => void change("DELETE", upstream.id)} />
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
