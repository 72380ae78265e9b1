/** @module The explorer's filter: text and choices, all kept in the address. */

import type { ComponentChildren, RefObject } from "preact";
import { useEffect, useRef } from "preact/hooks";
import type { StatsSummary } from "../../src/api/contract.ts";
import { FILTER_NAMES, hasFilter, type FilterName, type RequestFilter } from "../filter.ts";
import { useResource } from "../resource.ts";
import { setQuery } from "../router.ts";

type Choice = readonly [value: string, label: string];

const STATUSES: readonly Choice[] = [
  ["", "Any status"],
  ["2xx", "2xx success"],
  ["4xx", "4xx refused"],
  ["429", "429 rate limit"],
  ["5xx", "5xx failed"],
];
const STATES: readonly Choice[] = [
  ["", "Any state"],
  ["pending", "Pending"],
  ["completed", "Completed"],
  ["failed", "Failed"],
  ["aborted", "Aborted"],
  ["interrupted", "Interrupted"],
  ["failed,aborted,interrupted", "Not completed"],
];
const KINDS: readonly Choice[] = [
  ["", "Every call"],
  ["generation", "Model calls"],
  ["other", "Other calls"],
];
const TYPING_MS = 200;

export function FilterBar(props: {
  readonly filter: RequestFilter;
  readonly field: RefObject<HTMLInputElement | null>;
  readonly children: ComponentChildren;
}) {
  const { filter } = props;
  const summary = useResource<StatsSummary>("/stats/summary?all=true");
  const providers = [
    ...new Set([...(summary.data?.by_provider ?? []).map((row) => row.provider), filter.provider ?? ""]),
  ]
    .filter((name) => name !== "")
    .toSorted()
    .map((name): Choice => [name, name]);

  return (
    <form class="filter" role="search" onSubmit={(event) => event.preventDefault()}>
      <TextField
        name="text"
        label="Text in model, path, error or id"
        hint="Filter  ( / )"
        value={filter.text ?? ""}
        field={props.field}
      />
      <Select name="provider" label="Provider" value={filter.provider} choices={[["", "Any provider"], ...providers]} />
      <TextField name="model" label="Model, its whole name" hint="Model" value={filter.model ?? ""} />
      <TextField name="tool" label="Tool, its whole name" hint="Tool" value={filter.tool ?? ""} />
      <Select name="status" label="Status" value={filter.status} choices={STATUSES} />
      <Select name="state" label="State" value={filter.state} choices={STATES} />
      <Select name="kind" label="Kind of call" value={filter.kind} choices={KINDS} />
      {filter.session !== undefined && (
        <button
          type="button"
          class="set filter-fixed"
          title={`Session ${filter.session}`}
          aria-label={`Remove the filter by session ${filter.session}`}
          onClick={() => setQuery({ session: undefined })}
        >
          Session <span class="mono">{toShortId(filter.session)}</span> ×
        </button>
      )}
      {hasFilter(filter) && (
        <button
          type="button"
          class="quiet"
          onClick={() => setQuery(Object.fromEntries(FILTER_NAMES.map((name) => [name, undefined])))}
        >
          Clear
        </button>
      )}
      <div class="filter-end">{props.children}</div>
    </form>
  );
}

function toShortId(id: string): string {
  return id.length <= 14 ? id : `${id.slice(0, 6)}…${id.slice(-6)}`;
}

function Select(props: {
  readonly name: FilterName;
  readonly label: string;
  readonly value: string | undefined;
  readonly choices: readonly Choice[];
}) {
  const value = props.value ?? "";
  const isListed = props.choices.some(([choice]) => choice === value);
  const choices: readonly Choice[] = isListed ? props.choices : [...props.choices, [value, value]];
  return (
    <select
      name={props.name}
      aria-label={props.label}
      value={value}
      class={value === "" ? "" : "set"}
      onChange={(event) => setQuery({ [props.name]: event.currentTarget.value })}
    >
      {choices.map(([choice, label]) => (
        <option key={choice} value={choice}>
          {label}
        </option>
      ))}
    </select>
  );
}

function TextField(props: {
  readonly name: FilterName;
  readonly label: string;
  readonly hint: string;
  readonly value: string;
  readonly field?: RefObject<HTMLInputElement | null>;
}) {
  const own = useRef<HTMLInputElement>(null);
  const field = props.field ?? own;
  const timer = useRef<ReturnType<typeof setTimeout> | undefined>(undefined);
  // Not a controlled field: what is being typed must not be overwritten by what was typed before.
  useEffect(() => {
    if (field.current && document.activeElement !== field.current) field.current.value = props.value;
  }, [props.value]);
  return (
    <input
      ref={field}
      type="search"
      name={props.name}
      aria-label={props.label}
      placeholder={props.hint}
      defaultValue={props.value}
      autocomplete="off"
      spellcheck={false}
      class={props.value === "" ? "" : "set"}
      onInput={(event) => {
        const text = event.currentTarget.value;
        clearTimeout(timer.current);
        timer.current = setTimeout(() => setQuery({ [props.name]: text.trim() }), TYPING_MS);
      }}
      onKeyDown={(event) => {
        if (event.key !== "Escape" && event.key !== "Enter") return;
        // Left as it is: the browser's own Escape would empty a search field.
        event.preventDefault();
        event.currentTarget.blur();
      }}
    />
  );
}
