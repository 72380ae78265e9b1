/** @module One route to write: fields for the usual ones, JSON for those with several upstreams. */

import type { FixFacts, RouteFacts } from "../../src/domain/routing-facts.ts";
import { sendJson } from "../resource.ts";
import { FixChoice, readFixes } from "./fix-choice.tsx";
import { readFields, type Table, TableForm, type TableField } from "./table-form.tsx";

const FIELDS: readonly TableField[] = [
  { name: "model", label: "Model, or prefix*", hint: "claude-*", isRequired: true },
  { name: "upstream", label: "Upstream", hint: "openrouter", isRequired: true, list: "upstream-ids" },
  { name: "upstream_model", label: "Send as", hint: "the same name" },
  { name: "api_key_env", label: "Key from variable", hint: "the client's key" },
  { name: "priority", label: "Priority (lower first)", hint: "50", isNumber: true },
];
const SIMPLE: readonly string[] = [...FIELDS.map(({ name }) => name), "active", "strip_namespace", "fixes"];

export function RouteForm(props: {
  /** Absent for a new one. */
  readonly route: RouteFacts | undefined;
  /** All there are. */
  readonly fixes: readonly FixFacts[];
  readonly onClose: (isChanged: boolean) => void;
}) {
  const { route } = props;
  const settings: Table = route?.settings ?? {};
  return (
    <TableForm
      label={route === undefined ? "New route" : `Route for ${route.model}`}
      fields={FIELDS.map((field) => ({ ...field, isFixed: field.name === "model" && route !== undefined }))}
      table={settings}
      // An empty list of fixes means none, where no list means those of the upstream: boxes cannot say both.
      startsAsJson={Object.keys(settings).some((name) => !SIMPLE.includes(name)) || route?.fixes?.length === 0}
      json={{ label: "As in [[routes]] of config.toml, in JSON", offer: "Write JSON, for several upstreams" }}
      read={(fields) => ({ ...readRoute(fields), ...(route === undefined ? {} : { model: route.model }) })}
      send={(table) =>
        route === undefined
          ? sendJson("POST", "/admin/api/routes", table)
          : sendJson("PUT", `/admin/api/routes/${encodeURIComponent(route.id)}`, table)
      }
      onClose={props.onClose}
    >
      <label class="check">
        <input type="checkbox" name="active" defaultChecked={settings["active"] !== false} />
        <span>On</span>
      </label>
      <label class="check">
        <input type="checkbox" name="strip_namespace" defaultChecked={settings["strip_namespace"] === true} />
        <span>Take openai/ or anthropic/ off the name</span>
      </label>
      <FixChoice fixes={props.fixes} chosen={route?.fixes ?? []} />
    </TableForm>
  );
}

function readRoute(fields: FormData): Table {
  const fixes = readFixes(fields);
  return {
    active: fields.has("active"),
    ...(fields.has("strip_namespace") ? { strip_namespace: true } : {}),
    ...(fixes.length === 0 ? {} : { fixes }),
    ...readFields(fields, FIELDS),
  };
}
