/** @module Stored upstreams, routes and settings as the configuration takes them. */

import { join } from "node:path";

import type { StoredValues } from "./config/stored-values.ts";
import type { ObjectKind, StoredObject } from "./domain/stored-object.ts";
import { readSnapshot } from "./proxy/object-board.ts";

export type ListObjects = (kind: ObjectKind) => readonly StoredObject[];

/** What an object of kind `upstream` holds. */
export type StoredUpstream = { readonly active: boolean; readonly settings: Readonly<Record<string, unknown>> };
/** What an object of kind `route` holds; `generated` ones follow their price row. */
export type StoredRoute = { readonly route: Readonly<Record<string, unknown>>; readonly generated: boolean };

/** What the proxy last heard of the recorder, as its file tells it. */
export function listObjectsOf(dataDirectory: string): ListObjects {
  const { objects } = readSnapshot(join(dataDirectory, "objects.json"));
  return (kind) => objects.filter((object) => object.kind === kind);
}

/** Switched-off upstreams are left out: it is as if they were not there. */
export function toStoredValues(list: ListObjects): StoredValues {
  return {
    settings: Object.fromEntries(list("setting").map(({ id, value }) => [id, value])),
    upstreams: Object.fromEntries(
      list("upstream").flatMap(({ id, value }) => {
        const { active, settings } = parseStoredUpstream(value);
        return active ? [[id, settings] as const] : [];
      }),
    ),
    routes: Object.fromEntries(list("route").map(({ id, value }) => [id, parseStoredRoute(value).route])),
  };
}

/** All that is stored about routes, as `GET /admin/api/routing` tells it. */
export function toRoutingDocument(list: ListObjects): object {
  return {
    // The store tells its objects by kind and name.
    upstreams: list("upstream").map(({ id, value }) => {
      const { active, settings } = parseStoredUpstream(value);
      return { id, active, ...settings };
    }),
    routes: list("route").map(({ value }) => {
      const { route, generated } = parseStoredRoute(value);
      return { ...route, ...(generated ? { generated } : {}) };
    }),
    settings: Object.fromEntries(list("setting").map(({ id, value }) => [id, value])),
  };
}

export function parseStoredUpstream(value: unknown): StoredUpstream {
  const table = toTable(value);
  return { active: table["active"] !== false, settings: toTable(table["settings"]) };
}

export function parseStoredRoute(value: unknown): StoredRoute {
  const table = toTable(value);
  return { route: toTable(table["route"]), generated: table["generated"] === true };
}

function toTable(value: unknown): Readonly<Record<string, unknown>> {
  // A plain object is a table of anything.
  return typeof value === "object" && value !== null && !Array.isArray(value) ? (value as Record<string, unknown>) : {};
}
