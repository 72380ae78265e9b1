/** @module The explorer's filter: from the address, to the api, and whether a live row belongs. Pure. */

import type { RequestRow } from "../src/api/contract.ts";

export const FILTER_NAMES = ["text", "provider", "model", "tool", "session", "status", "state", "kind"] as const;

export type FilterName = (typeof FILTER_NAMES)[number];
export type RequestFilter = Partial<Readonly<Record<FilterName, string>>>;

/** The filter that an address asks for; other fields of the query are left alone. */
export function readFilter(query: URLSearchParams): RequestFilter {
  const given = FILTER_NAMES.map((name) => [name, query.get(name)?.trim() ?? ""] as const);
  return Object.fromEntries(given.filter(([, value]) => value !== ""));
}

/** The filter as a query for the api and for links. */
export function toFilterQuery(filter: RequestFilter): URLSearchParams {
  const query = new URLSearchParams();
  for (const name of FILTER_NAMES) {
    const value = filter[name];
    if (value !== undefined && value !== "") query.set(name, value);
  }
  return query;
}

export function hasFilter(filter: RequestFilter): boolean {
  return FILTER_NAMES.some((name) => filter[name] !== undefined && filter[name] !== "");
}

/** True when the api would list `row` under `filter`. */
export function matchesFilter(row: RequestRow, filter: RequestFilter): boolean {
  if (filter.provider && row.provider !== filter.provider) return false;
  if (filter.model && row.model !== filter.model) return false;
  if (filter.tool && row.tool !== filter.tool) return false;
  if (filter.session && row.session_id !== filter.session) return false;
  if (filter.state && !filter.state.split(",").includes(row.state)) return false;
  if (filter.kind && filter.kind !== "all" && row.kind !== filter.kind) return false;
  if (filter.status && !matchesStatus(row.status_code, filter.status)) return false;
  if (!filter.text) return true;
  const part = filter.text.toLowerCase();
  return [row.model, row.endpoint, row.provider, row.error, row.exchange_id].some((field) =>
    field?.toLowerCase().includes(part),
  );
}

function matchesStatus(status: number | null, wanted: string): boolean {
  if (status === null) return false;
  const family = /^([1-9])xx$/i.exec(wanted);
  if (family) return Math.floor(status / 100) === Number(family[1]);
  const range = /^(\d{3})(?:-(\d{3}))?$/.exec(wanted);
  return range !== null && status >= Number(range[1]) && status <= Number(range[2] ?? range[1]);
}
