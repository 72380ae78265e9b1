/** @module Which rule would win for a request, why, and what would be sent; nothing is. */

import { useSignal } from "@preact/signals";
import { readField } from "../form.ts";
import { fetchJson } from "../resource.ts";

type Simulation =
  | { readonly outcome: "own"; readonly owner: string }
  | { readonly outcome: "refused"; readonly status: number; readonly code: string; readonly message: string }
  | {
      readonly outcome: "forwarded";
      /** Why it would be refused nevertheless. */
      readonly problem: string | null;
      readonly rule: string;
      readonly why: string;
      readonly targets: readonly {
        readonly upstream: string;
        readonly url: string | null;
        readonly model: string | null;
        readonly credential: string;
        readonly credential_there: boolean;
        readonly edits: readonly string[];
        readonly fixes: readonly string[];
      }[];
    };

export function RouteSimulator() {
  const answer = useSignal<Simulation | undefined>(undefined);
  const error = useSignal<string | undefined>(undefined);

  const ask = async (event: SubmitEvent): Promise<void> => {
    event.preventDefault();
    // The form that was submitted.
    const fields = new FormData(event.currentTarget as HTMLFormElement);
    const text = (name: string): string => readField(fields, name);
    const query = new URLSearchParams({ path: text("path") });
    if (text("model") !== "") query.set("model", text("model"));
    if (text("provider") !== "") query.set("header", `x-provider:${text("provider")}`);
    error.value = undefined;
    try {
      answer.value = await fetchJson<Simulation>(`/admin/api/routes/simulate?${query}`);
    } catch (failure) {
      answer.value = undefined;
      error.value = failure instanceof Error ? failure.message : "It could not be asked.";
    }
  };

  return (
    <section class="panel" aria-labelledby="simulator-title">
      <header class="panel-head">
        <h2 id="simulator-title">Where would it go?</h2>
      </header>
      <form class="fields" onSubmit={(event) => void ask(event)}>
        <label>
          <span>Path</span>
          <input name="path" defaultValue="/v1/chat/completions" required pattern="/.*" spellcheck={false} />
        </label>
        <label>
          <span>Model</span>
          <input name="model" placeholder="gpt-5" spellcheck={false} />
        </label>
        <label>
          <span>x-provider</span>
          <input name="provider" list="upstream-ids" spellcheck={false} />
        </label>
        <button type="submit">Simulate</button>
      </form>
      <div class="simulation" aria-live="polite">
        {error.value !== undefined && <p class="bad">{error.value}</p>}
        {answer.value !== undefined && <Outcome answer={answer.value} />}
      </div>
    </section>
  );
}

function Outcome({ answer }: { readonly answer: Simulation }) {
  if (answer.outcome === "own") return <p>modeltap answers it itself ({answer.owner}).</p>;
  if (answer.outcome === "refused") {
    return (
      <p class="bad">
        Refused with {answer.status} <code>{answer.code}</code>: {answer.message}
      </p>
    );
  }
  return (
    <>
      <p>
        <strong>{answer.rule}</strong>: {answer.why}
      </p>
      {answer.problem !== null && <p class="bad">It would be refused: {answer.problem}</p>}
      <ol class="targets">
        {answer.targets.map((target) => (
          <li key={target.upstream}>
            <code>{target.url ?? "no base URL is set"}</code>
            <p class="sub">
              {target.upstream}
              {target.model !== null && `, as ${target.model}`},{" "}
              {target.credential === "client" ? "with the client's own credential" : `key: ${target.credential}`}
              {!target.credential_there && <strong class="bad"> (missing)</strong>}
              {target.edits.length > 0 && `; edits: ${target.edits.join(", ")}`}
              {target.fixes.length > 0 && `; fixes: ${target.fixes.join(", ")}`}
            </p>
          </li>
        ))}
      </ol>
    </>
  );
}
