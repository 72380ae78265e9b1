/** @module Model routes in the order they are tried: those of files to look at, stored ones to change. */

import { useSignal } from "@preact/signals";
import type { FixFacts, RouteFacts } from "../../src/domain/routing-facts.ts";
import { sendJson } from "../resource.ts";
import { DeleteButton } from "./delete-button.tsx";
import { RouteForm } from "./route-form.tsx";

/** As many are found by eye. */
const FILTERED_FROM = 10;

export function RouteList(props: {
  readonly routes: readonly RouteFacts[];
  readonly fixes: readonly FixFacts[];
  readonly onChange: () => void;
}) {
  const { routes, onChange } = props;
  /** The route under the form; `new` for one that is not there yet. */
  const edited = useSignal<RouteFacts | "new" | undefined>(undefined);
  const problem = useSignal<string | undefined>(undefined);
  const wanted = useSignal("");
  const shown = routes.filter((route) => fits(route, wanted.value));

  const change = async (method: "PATCH" | "DELETE", route: RouteFacts, body?: unknown): Promise<void> => {
    problem.value = await sendJson(method, `/admin/api/routes/${encodeURIComponent(route.id)}`, body);
    if (problem.value === undefined) onChange();
  };

  return (
    <section class="panel" aria-labelledby="routes-title">
      <header class="panel-head">
        <h2 id="routes-title">
          Model routes {routes.length > 0 && <small>{routes.length}, in the order they are tried</small>}
        </h2>
        <div class="panel-tools">
          {routes.length > FILTERED_FROM && (
            <input
              type="search"
              aria-label="Find a route by model or upstream"
              placeholder="Find"
              spellcheck={false}
              onInput={(event) => {
                wanted.value = event.currentTarget.value.trim().toLowerCase();
              }}
            />
          )}
          <button
            type="button"
            onClick={() => {
              edited.value = "new";
            }}
          >
            New route
          </button>
        </div>
      </header>
      {edited.value !== undefined && (
        <RouteForm
          key={edited.value === "new" ? "new" : edited.value.id}
          route={edited.value === "new" ? undefined : edited.value}
          fixes={props.fixes}
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
      {routes.length === 0 ? (
        <p class="note note-empty">
          No model has a route: each goes to the default upstream. A route sends one model, or all that begin alike, to
          an upstream of its own.
        </p>
      ) : shown.length === 0 ? (
        <p class="note note-empty">No route has this in its model or upstream.</p>
      ) : (
        <div class="scroll-x tall" tabIndex={0} data-scrolls>
          <table class="stacked">
            <thead>
              <tr>
                <th scope="col">Model</th>
                <th scope="col">Goes to</th>
                <th scope="col" class="wide">
                  Priority
                </th>
                <th scope="col">Source</th>
                <th scope="col">State</th>
                <th scope="col">
                  <span class="visually-hidden">Change</span>
                </th>
              </tr>
            </thead>
            <tbody>
              {shown.map((route) => (
                <tr key={`${route.source} ${route.id}`} class={route.in_use ? undefined : "unused"}>
                  <th scope="row">
                    <code>{route.model}</code>
                  </th>
                  <td class="whole">
                    {route.targets.map((target, at) => (
                      <div key={at} title={target.url ?? undefined}>
                        {target.upstream}
                        {target.upstream_model !== null && <small> as {target.upstream_model}</small>}
                        {target.credential !== null && !target.credential_there && (
                          <small class="bad" title={target.credential}>
                            {" "}
                            key missing
                          </small>
                        )}
                      </div>
                    ))}
                    {route.fixes !== null && (
                      <small>{route.fixes.length === 0 ? "no fixes" : `fixes: ${route.fixes.join(", ")}`}</small>
                    )}
                  </td>
                  <td class="wide">{route.priority}</td>
                  <td title={route.read_only_by ?? undefined} data-label="from">
                    {route.generated ? "price row" : route.source === "stored" ? "this page" : route.source}
                  </td>
                  <td class={route.problem === undefined ? undefined : "bad"}>
                    {route.problem ??
                      (route.hidden_by === undefined ? (route.active ? "on" : "off") : `hidden by ${route.hidden_by}`)}
                  </td>
                  <td class="row-tools">
                    {route.source === "stored" && (
                      <>
                        <button
                          type="button"
                          class="quiet"
                          aria-label={`Edit ${route.model}`}
                          onClick={() => {
                            edited.value = route;
                          }}
                        >
                          Edit
                        </button>
                        <button
                          type="button"
                          class="quiet"
                          aria-label={`Switch ${route.model} ${route.active ? "off" : "on"}`}
                          onClick={() => void change("PATCH", route, { active: !route.active })}
                        >
                          {route.active ? "Switch off" : "Switch on"}
                        </button>
                        <DeleteButton what={route.model} onDelete={() => void change("DELETE", route)} />
                      </>
                    )}
                  </td>
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      )}
    </section>
  );
}

function fits({ model, targets }: RouteFacts, wanted: string): boolean {
  return (
    wanted === "" ||
    [model, ...targets.flatMap((target) => [target.upstream, target.upstream_model ?? ""])].some((name) =>
      name.toLowerCase().includes(wanted),
    )
  );
}
