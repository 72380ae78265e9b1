/** @module A form for one table of the configuration: fields for the usual keys, JSON for whatever has more. */

import { useSignal } from "@preact/signals";
import type { ComponentChildren } from "preact";
import { useLayoutEffect, useRef } from "preact/hooks";
import { readField } from "../form.ts";

export type Table = Readonly<Record<string, unknown>>;

export type TableField = {
  /** A path for what stands in a table of its own: `auth.env`. */
  readonly name: string;
  readonly label: string;
  readonly hint: string;
  readonly isRequired?: boolean;
  /** It names what is there, which stays as it is. */
  readonly isFixed?: boolean;
  readonly isNumber?: boolean;
  /** Id of a datalist. */
  readonly list?: string;
  /** Values with their names; a list to choose from instead of a text. */
  readonly choices?: readonly (readonly [value: string, name: string])[];
};

/** Sends what is written; closes when that was accepted. */
export function TableForm(props: {
  readonly label: string;
  readonly fields: readonly TableField[];
  readonly table: Table;
  readonly startsAsJson: boolean;
  /** What the JSON is like, and what it is good for. */
  readonly json: { readonly label: string; readonly offer: string };
  /** Beside the fields. */
  readonly children: ComponentChildren;
  readonly read: (fields: FormData) => Table;
  /** Answers what is wrong. */
  readonly send: (table: Table) => Promise<string | undefined>;
  readonly onClose: (isChanged: boolean) => void;
}) {
  const { table, onClose } = props;
  const asJson = useSignal(props.startsAsJson);
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
    const written = asJson.value ? parseTable(readField(fields, "json")) : props.read(fields);
    problem.value = written === undefined ? "This is no JSON object." : await props.send(written);
    if (problem.value === undefined) onClose(true);
  };

  return (
    <form
      ref={form}
      class="fields table-form"
      aria-label={props.label}
      onSubmit={(event) => void save(event)}
      onKeyDown={(event) => {
        if (event.key === "Escape") onClose(false);
      }}
    >
      {asJson.value ? (
        <label class="json">
          <span>{props.json.label}</span>
          <textarea name="json" rows={8} spellcheck={false} defaultValue={JSON.stringify(table, undefined, 2)} />
        </label>
      ) : (
        <>
          {props.fields.map((field) => (
            <label key={field.name}>
              <span>{field.label}</span>
              <Field field={field} value={toText(readPath(table, field.name))} />
            </label>
          ))}
          {props.children}
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
            {props.json.offer}
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

function Field({ field, value }: { readonly field: TableField; readonly value: string }) {
  const { name, choices } = field;
  if (choices !== undefined) {
    return (
      <select name={name}>
        {choices.map(([choice, text]) => (
          <option key={choice} value={choice} selected={choice === value}>
            {text}
          </option>
        ))}
      </select>
    );
  }
  return (
    <input
      name={name}
      defaultValue={value}
      placeholder={field.hint}
      required={field.isRequired}
      disabled={field.isFixed}
      list={field.list}
      inputMode={field.isNumber === true ? "numeric" : undefined}
      spellcheck={false}
    />
  );
}

/** What was written into the fields; empty ones are left out. A field that is fixed is in no form data. */
export function readFields(fields: FormData, known: readonly TableField[]): Table {
  const table: Record<string, unknown> = {};
  for (const { name, isNumber } of known) {
    const text = readField(fields, name);
    if (text !== "") table[name] = isNumber === true && /^\d+$/.test(text) ? Number(text) : text;
  }
  return table;
}

function readPath(table: Table, path: string): unknown {
  return path
    .split(".")
    .reduce<unknown>(
      (value, name) => (typeof value === "object" && value !== null ? Reflect.get(value, name) : undefined),
      table,
    );
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
