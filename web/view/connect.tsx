/** @module How to point a client here, proof that requests pass, and the wait for the first one. */

import { useSignal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import type { RequestPage, RequestRow } from "../../src/api/contract.ts";
import { statusAnswer, useLive } from "../live.ts";
import { CopyButton } from "../part/copy-button.tsx";
import { Ago, StatusOf } from "../part/figures.tsx";
import { createRecipes, findClientOrigin } from "../recipes.ts";
import { useResource } from "../resource.ts";
import { query, setQuery } from "../router.ts";

const SHOWN_ROWS = 4;

/** `waiting` = nothing to show on the dashboard yet. */
export function Connect(props: { readonly waiting?: boolean }) {
  const origin = findClientOrigin(location.origin, statusAnswer.value?.status?.addresses);
  const recipes = createRecipes(origin);
  const chosen = recipes.find((recipe) => recipe.id === query.value.get("client")) ?? recipes[0];

  useEffect(() => {
    document.title = "Connect · modeltap";
  }, []);

  return (
    <div class="page connect">
      <header class="connect-head">
        <h1>Point a client here</h1>
        <p>
          modeltap forwards every byte to the provider and records what passed. Keys stay where they are: the client
          sends its own, and modeltap passes it on and masks it before anything is written.
        </p>
        <div class="address">
          <span class="sub">Base address</span>
          <code>{origin}</code>
          <CopyButton text={origin} />
        </div>
      </header>
      <section class="panel recipes" aria-label="Clients">
        <div class="recipe-list" role="group" aria-label="Client">
          {recipes.map((recipe) => (
            <button
              key={recipe.id}
              type="button"
              aria-pressed={recipe.id === chosen?.id}
              onClick={() => setQuery({ client: recipe.id })}
            >
              {recipe.name}
            </button>
          ))}
        </div>
        <div class="recipe-side">
          {chosen !== undefined && (
            <div class="recipe" aria-live="polite">
              <p class="sub">{chosen.where}</p>
              <div class="code">
                <pre tabIndex={0} data-scrolls>
                  {chosen.code}
                </pre>
                <CopyButton text={chosen.code} />
              </div>
              {chosen.note !== undefined && <p class="sub">{chosen.note}</p>}
            </div>
          )}
          <Proof waiting={props.waiting === true} />
        </div>
      </section>
    </div>
  );
}

/** A request through the proxy without a key: the upstream's refusal shows that it was reached, and costs nothing. */
function Proof(props: { readonly waiting: boolean }) {
  const first = useResource<RequestPage>(`/admin/api/requests?limit=${SHOWN_ROWS}`);
  const seen = useSignal<readonly RequestRow[]>([]);
  const test = useSignal<string | undefined>(undefined);

  useLive((event) => {
    if (event.type !== "rows") return;
    const rows = new Map([...seen.value, ...event.rows].map((row) => [row.exchange_id, row]));
    seen.value = [...rows.values()].sort((a, b) => b.timestamp - a.timestamp).slice(0, SHOWN_ROWS);
  }, []);

  const send = async (): Promise<void> => {
    test.value = "Sending…";
    try {
      const response = await fetch("/openai/v1/models", { headers: { accept: "application/json" }, cache: "no-store" });
      test.value =
        response.status === 401
          ? "OpenAI answered 401: the request went through modeltap to the provider and back. It refused, rightly, because no key was sent."
          : response.ok
            ? "The provider answered: requests pass."
            : `The answer was ${response.status}; open the request below to see why.`;
    } catch {
      test.value = "The proxy did not answer.";
    }
  };

  const known = new Set(seen.value.map((row) => row.exchange_id));
  const rows = [...seen.value, ...(first.data?.rows ?? []).filter((row) => !known.has(row.exchange_id))].slice(
    0,
    SHOWN_ROWS,
  );
  return (
    <section class="proof" aria-labelledby="proof-title">
      <header class="panel-head">
        <h2 id="proof-title">
          {rows.length === 0 ? "Waiting for your first request" : props.waiting ? "Requests arrive" : "Newest requests"}
        </h2>
        <button type="button" onClick={() => void send()}>
          Send a test request
        </button>
      </header>
      {rows.length === 0 ? (
        <p class="waiting" role="status">
          <i class="pulse" aria-hidden="true" /> This page changes by itself as soon as one passes. The test sends{" "}
          <code>GET /openai/v1/models</code> without a key: the provider answers 401, which costs nothing and proves the
          way.
        </p>
      ) : (
        <ul class="arrivals">
          {rows.map((row) => (
            <li key={row.exchange_id}>
              <a href={`/admin/requests/${row.exchange_id}`}>
                <StatusOf row={row} />
                <span>
                  {row.method} {row.endpoint}
                </span>
                <span class="sub">{row.model ?? row.provider}</span>
                <Ago seconds={row.timestamp} />
              </a>
            </li>
          ))}
        </ul>
      )}
      {test.value !== undefined && (
        <p class="test-result" role="status">
          {test.value}
        </p>
      )}
      {rows.length > 0 && props.waiting && (
        <p class="sub">
          The dashboard opens with the first call to a model; other calls are recorded and not counted as requests.
        </p>
      )}
    </section>
  );
}
