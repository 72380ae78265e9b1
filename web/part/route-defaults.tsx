/** @module The default upstream, the fallback and the fixes of both, with what sets each of them. */

import { useSignal } from "@preact/signals";
import type { FixFacts, SettingFacts } from "../../src/domain/routing-facts.ts";
import { readField } from "../form.ts";
import { sendJson } from "../resource.ts";
import { FixChoice, readFixes } from "./fix-choice.tsx";

const LABELS: Readonly<Record<string, string>> = {
  upstream: "Default upstream",
  "fallback.upstream": "Fallback for unknown models",
  "fallback.model": "Model asked for there",
};

const FIXES = "default_fixes";

export function RouteDefaults(props: {
  readonly settings: readonly SettingFacts[];
  readonly fixes: readonly FixFacts[];
  readonly onChange: () => void;
}) {
  return (
    <section class="panel" aria-labelledby="defaults-title">
      <header class="panel-head">
        <h2 id="defaults-title">When no route matches</h2>
      </header>
      {props.settings
        .filter(({ key }) => LABELS[key] !== undefined || key === FIXES)
        .map((setting) => (
          <SettingForm
            key={`${setting.key} ${String(setting.value)}`}
            setting={setting}
            fixes={props.fixes}
            onChange={props.onChange}
          />
        ))}
    </section>
  );
}

function SettingForm(props: {
  readonly setting: SettingFacts;
  readonly fixes: readonly FixFacts[];
  readonly onChange: () => void;
}) {
  const { key, value, source, fixed_by: fixedBy, stored } = props.setting;
  const problem = useSignal<string | undefined>(undefined);
  const url = `/admin/api/settings/${key}`;

  const change = async (method: "PUT" | "DELETE", next?: string | readonly string[]): Promise<void> => {
    problem.value = await sendJson(method, url, next === undefined ? undefined : { value: next });
    if (problem.value === undefined) props.onChange();
  };

  return (
    <form
      class="fields"
      onSubmit={(event) => {
        event.preventDefault();
        const fields = new FormData(event.currentTarget);
        void change("PUT", key === FIXES ? readFixes(fields) : readField(fields, "value"));
      }}
    >
      {key === FIXES ? (
        <FixChoice fixes={props.fixes} chosen={Array.isArray(value) ? value : []} disabled={fixedBy !== null} />
      ) : (
        <label>
          <span>{LABELS[key]}</span>
          <input
            name="value"
            defaultValue={String(value ?? "")}
            list={key.endsWith("upstream") ? "upstream-ids" : undefined}
            placeholder={key === "upstream" ? "openai" : "none"}
            required={key === "upstream"}
            disabled={fixedBy !== null}
            spellcheck={false}
          />
        </label>
      )}
      <button type="submit" disabled={fixedBy !== null}>
        Save
      </button>
      {stored && (
        <button type="button" class="quiet" onClick={() => void change("DELETE")}>
          Forget
        </button>
      )}
      {(fixedBy !== null || source !== "default") && (
        <p class="sub">{fixedBy === null ? `From ${source}` : `Set by ${fixedBy}, which wins over this page`}</p>
      )}
      {problem.value !== undefined && (
        <p class="bad" role="alert">
          {problem.value}
        </p>
      )}
    </form>
  );
}
