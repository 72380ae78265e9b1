/** @module One upstream to write: fields for the usual keys, JSON for headers, timeouts and all others. */

import type { UpstreamFacts } from "../../src/domain/routing-facts.ts";
import { sendJson } from "../resource.ts";
import { readFields, type Table, TableForm, type TableField } from "./table-form.tsx";

const FIELDS: readonly TableField[] = [
  { name: "id", label: "Id", hint: "my-vllm", isRequired: true },
  { name: "base_url", label: "Base URL", hint: "http://localhost:8000" },
  {
    name: "type",
    label: "Speaks like",
    hint: "",
    choices: [
      ["", "default"],
      ["openai", "OpenAI"],
      ["anthropic", "Anthropic"],
      ["gemini", "Gemini"],
      ["ollama", "Ollama"],
    ],
  },
  {
    name: "auth.mode",
    label: "Key",
    hint: "",
    choices: [
      ["", "the client's own"],
      ["bearer", "as a bearer, from:"],
      ["x-api-key", "in x-api-key, from:"],
      ["none", "none"],
    ],
  },
  { name: "auth.env", label: "Variable with the key", hint: "MY_VLLM_KEY" },
];
/** What the fields can say; whoever has more writes JSON. */
const SIMPLE: readonly string[] = ["id", "active", "base_url", "type", "local", "auth"];
const SIMPLE_AUTH: readonly string[] = ["mode", "env"];
const MODES: readonly unknown[] = [undefined, "bearer", "x-api-key", "none"];

export function UpstreamForm(props: {
  /** The stored one, or one of the catalogue that is to be changed; absent for a new one. */
  readonly upstream: UpstreamFacts | undefined;
  readonly onClose: (isChanged: boolean) => void;
}) {
  const { upstream } = props;
  const settings: Table = upstream?.settings ?? {};
  const table = upstream === undefined ? settings : { id: upstream.id, active: upstream.active, ...settings };
  return (
    <TableForm
      label={upstream === undefined ? "New upstream" : `Upstream ${upstream.id}`}
      fields={FIELDS.map((field) => {
        if (field.name === "id") return { ...field, isFixed: upstream !== undefined };
        return field.name === "base_url" ? { ...field, hint: upstream?.base_url ?? field.hint } : field;
      })}
      table={table}
      startsAsJson={!isSimple(settings)}
      json={{ label: "id, active, and as in [providers.<id>] of config.toml, in JSON", offer: "Write JSON, for more" }}
      read={(fields) => readUpstream(fields, upstream?.local === true || settings["local"] !== undefined)}
      send={(written) =>
        upstream === undefined
          ? sendJson("POST", "/admin/api/upstreams", written)
          : sendJson("PUT", `/admin/api/upstreams/${encodeURIComponent(upstream.id)}`, written)
      }
      onClose={props.onClose}
    >
      <label class="check">
        <input type="checkbox" name="active" defaultChecked={upstream?.active !== false} />
        <span>On</span>
      </label>
      <label class="check">
        <input type="checkbox" name="local" defaultChecked={upstream?.local === true} />
        <span>Runs on machines of your own: costs nothing</span>
      </label>
    </TableForm>
  );
}

function isSimple({ auth, ...settings }: Table): boolean {
  const { mode, ...rest } = typeof auth === "object" && auth !== null ? { mode: undefined, ...auth } : {};
  return (
    Object.keys(settings).every((name) => SIMPLE.includes(name)) &&
    Object.keys(rest).every((name) => SIMPLE_AUTH.includes(name)) &&
    MODES.includes(mode)
  );
}

/** @param saysLocal that it is not local must be said: it was, or something was said of it */
function readUpstream(fields: FormData, saysLocal: boolean): Table {
  const { "auth.mode": mode, "auth.env": env, ...table } = readFields(fields, FIELDS);
  const isLocal = fields.has("local");
  const auth = { ...(mode === undefined ? {} : { mode }), ...(env === undefined ? {} : { env }) };
  return {
    ...table,
    active: fields.has("active"),
    // Of a new one an empty box says nothing: the catalogue's own choice stays.
    ...(isLocal || saysLocal ? { local: isLocal } : {}),
    ...(Object.keys(auth).length === 0 ? {} : { auth }),
  };
}
