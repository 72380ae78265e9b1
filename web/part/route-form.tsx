/** @module One route to write: fields for the usual ones, JSON for those with several upstreams. */

import { useSignal } from "@preact/signals";
import { useLayoutEffect, useRef } from "preact/hooks";
import type { FixFacts, RouteFacts } from "../../src/domain/routing-facts.ts";
import { readField } from "../form.ts";
import { sendJson } from "../resource.ts";
import { FixChoice, readFixes } from "./fix-choice.tsx";

type Table = Readonly<Record<string, unknown>>;

const FIELDS = [
  { name: "model", label: "Model, or prefix*", hint: "claude-*", isRequired: true },
  { name: "upstream", label: "Upstream", hint: "openrouter", isRequired: true },
  { name: "upstream_model", label: "Send as", hint: "the same name", isRequired: false },
  { name: "api_key_env", label: "Key from variable", hint: "the client's key", isRequired: false },
  { name: "priority", label: "Priority (lower first)", hint: "50", isRequired: false },
] as const;
const SIMPLE: readonly string[] = [...FIELDS.map(({ name }) => name), "active", "strip_namespace", "fixes"];

export function RouteForm(props: {
  /** Absent for a new one. */
  readonly route: RouteFacts | undefined;
  /** All there are. */
  readonly fixes: readonly FixFacts[];
  readonly onClose: (isChanged: boolean) => void;
}) {
  const { route, onClose } = props;
  const settings: Table = route?.settings ?? {};
  // An empty list of fixes means none, where no list means those of the upstream: boxes cannot say both.
  const asJson = useSignal(Object.keys(settings).some((name) => !SIMPLE.includes(name)) || route?.fixes?.length === 0);
  const problem = useSignal<string | undefined>(undefined);
  const form = useRef<HTMLFormElement>(null);

  // At once, not after the next frame: what is typed right after opening belongs into the form.
  useLayoutEffect(() => {
    form.current?.querySelector<HTMLElement>("input:not([disabled]), textarea")?.focus();
  }, []);

  const save = async (event: SubmitEvent): Promise<void> => {
    event.preventDefault();
    // The form that was submitted.
    const fields = new FormData(event.currentTarget as HTMLFormElement);
    const body = asJson.value ? parseTable(readField(fields, "json")) : { ...toTable(fields), ...keepModel(route) };
    if (body === undefined) {
      problem.value = "This is no JSON object.";
      return;
    }
    problem.value =
      route === undefined
        ? await sendJson("POST", "/admin/api/routes", body)
        : await sendJson("PUT", `/admin/api/routes/${encodeURIComponent(route.id)}`, body);
    if (problem.value === undefined) onClose(true);
  };

  return (
    <form
      ref={form}
      class="fields route-form"
      aria-label={route === undefined ? "New route" : `Route for ${route.model}`}
      onSubmit={(event) => void save(event)}
      onKeyDown={(event) => {
        if (event.key === "Escape") onClose(false);
      }}
    >
      {asJson.value ? (
        <label class="json">
          <span>As in [[routes]] of config.toml, in JSON</span>
          <textarea name="json" rows={8} spellcheck={false} defaultValue={JSON.stringify(settings, undefined, 2)} />
        </label>
      ) : (
        <>
          {FIELDS.map(({ name, label, hint, isRequired }) => (
            <label key={name}>
              <span>{label}</span>
              <input
                name={name}
                defaultValue={toText(settings[name])}
                placeholder={hint}
                required={isRequired}
                disabled={name === "model" && route !== undefined}
                list={name === "upstream" ? "upstream-ids" : undefined}
                inputMode={name === "priority" ? "numeric" : undefined}
                spellcheck={false}
              />
            </label>
          ))}
          <label class="check">
            <input type="checkbox" name="active" defaultChecked={settings["active"] !== false} />
            <span>On</span>
          </label>
          <label class="check">
            <input type="checkbox" name="strip_namespace" defaultChecked={settings["strip_namespace"] === true} />
            <span>Take openai/ or anthropic/ off the name</span>
          </label>
          <FixChoice fixes={props.fixes} chosen={route?.fixes ?? []} />
        </>
      )}
      <div class="panel-tools">
        <button type="submit" class="pill">
          Save
        </button>
        <button type="button" onClick={() => onClose(false)}>
          Cancel
        </button>
        {!asJson.value && (
          <button
            type="button"
            class="quiet"
            onClick={() => {
              asJson.value = true;
            }}
          >
            Write JSON, for several upstreams
          </button>
        )}
      </div>
      {problem.value !== undefined && (
        <p class="bad" role="alert">
          {problem.value}
        </p>
      )}
    </form>
  );
}

/** A field that is switched off is in no form data. */
function keepModel(route: RouteFacts | undefined): Table {
  return route === undefined ? {} : { model: route.model };
}

function toTable(fields: FormData): Table {
  const table: Record<string, unknown> = { active: fields.has("active") };
  if (fields.has("strip_namespace")) table["strip_namespace"] = true;
  const fixes = readFixes(fields);
  if (fixes.length > 0) table["fixes"] = fixes;
  for (const { name } of FIELDS) {
    const text = readField(fields, name);
    if (text !== "") table[name] = name === "priority" && /^\d+$/.test(text) ? Number(text) : text;
  }
  return table;
}

function parseTable(text: string): Table | undefined {
  try {
    const value: unknown = JSON.parse(text);
    // Checked to be a plain object; the api checks its members.
    return typeof value === "object" && value !== null && !Array.isArray(value) ? (value as Table) : undefined;
  } catch {
    return undefined;
  }
}

function toText(value: unknown): string {
  return typeof value === "string" || typeof value === "number" ? String(value) : "";
}
