/** @module Routes that price rows offer: looked at first, then taken over. */

import { useSignal } from "@preact/signals";
import { readField } from "../form.ts";
import { changeJson } from "../resource.ts";

type Plan = {
  readonly total: number;
  readonly counts: Readonly<Record<string, number>>;
  readonly items: readonly {
    readonly model: string;
    readonly upstream: string;
    readonly upstream_model: string | null;
    readonly key_env: string | null;
    readonly active: boolean;
    readonly status: string;
  }[];
  readonly truncated: boolean;
};

const WORDS: Readonly<Record<string, string>> = {
  insert: "new",
  update: "changed",
  unchanged: "there",
  keep_own: "your own",
  removed: "deleted before",
};

export function DefaultRoutes(props: { readonly onChange: () => void }) {
  const plan = useSignal<Plan | undefined>(undefined);
  const question = useSignal<Record<string, unknown>>({});
  const said = useSignal<string | undefined>(undefined);

  const ask = async (verb: "preview" | "apply"): Promise<void> => {
    said.value = undefined;
    const answer = await changeJson("POST", `/admin/api/routes/defaults/${verb}`, question.value);
    if ("problem" in answer) {
      said.value = answer.problem;
      return;
    }
    // Our own api: the shape is the one of its contract.
    const offered = answer.value as Plan;
    if (verb === "preview") plan.value = offered;
    else {
      const { insert = 0, update = 0 } = offered.counts;
      plan.value = undefined;
      said.value = `${insert} routes were stored and ${update} changed.`;
      props.onChange();
    }
  };

  const changes = (plan.value?.counts["insert"] ?? 0) + (plan.value?.counts["update"] ?? 0);
  return (
    <section class="panel" aria-labelledby="offered-title">
      <header class="panel-head">
        <h2 id="offered-title">Routes from price rows</h2>
      </header>
      <form
        class="fields"
        onSubmit={(event) => {
          event.preventDefault();
          const fields = new FormData(event.currentTarget);
          const provider = readField(fields, "provider");
          question.value = {
            mode: fields.has("refresh") ? "refresh_generated" : "missing_only",
            ...(provider === "" ? {} : { provider }),
          };
          void ask("preview");
        }}
      >
        <label>
          <span>Only of upstream</span>
          <input name="provider" list="upstream-ids" placeholder="all" spellcheck={false} />
        </label>
        <label class="check">
          <input type="checkbox" name="refresh" />
          <span>Also refresh those made before</span>
        </label>
        <button type="submit">Preview</button>
        {plan.value !== undefined && (
          <button type="button" class="pill" disabled={changes === 0} onClick={() => void ask("apply")}>
            Store {changes}
          </button>
        )}
      </form>
      <div aria-live="polite">
        {said.value !== undefined && <p class="said">{said.value}</p>}
        {plan.value !== undefined && <Offer plan={plan.value} />}
      </div>
    </section>
  );
}

function Offer({ plan }: { readonly plan: Plan }) {
  return (
    <>
      <p class="said sub">
        {Object.entries(plan.counts)
          .filter(([, count]) => count > 0)
          .map(([name, count]) => `${count} ${WORDS[name] ?? name}`)
          .join(", ") || "Nothing is offered."}
        {plan.truncated && `; the first ${plan.items.length} are shown`}
      </p>
      <div class="scroll-x tall" tabIndex={0} data-scrolls>
        <table class="stacked">
          <thead>
            <tr>
              <th scope="col">Model</th>
              <th scope="col">Goes to</th>
              <th scope="col">Key</th>
              <th scope="col">State</th>
            </tr>
          </thead>
          <tbody>
            {plan.items.map((item) => (
              <tr key={item.model} class={item.active ? undefined : "unused"}>
                <th scope="row">
                  <code>{item.model}</code>
                </th>
                <td class="whole">
                  {item.upstream}
                  {item.upstream_model !== null && <small> as {item.upstream_model}</small>}
                </td>
                <td data-label="key">{item.key_env ?? "its own"}</td>
                <td>
                  {WORDS[item.status] ?? item.status}
                  {item.active ? "" : ", off: no key"}
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </>
  );
}
