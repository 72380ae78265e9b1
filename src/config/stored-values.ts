/** @module What people stored, as values of the configuration: what fits is taken over, the rest is told and left out. */

import { checkUpstream, type UpstreamRules } from "./check-upstream.ts";
import { type Layer, type SetValue, STORED } from "./layer.ts";
import { suggest } from "./nearest.ts";
import { showValue } from "./problem.ts";
import { parseStoredRoute, type RouteSettings } from "./route-settings.ts";

/** As it lies in the store, by dotted key, by id, and by the pattern of the model. */
export type StoredValues = {
  readonly settings: Readonly<Record<string, unknown>>;
  /** Each as a table `[providers.<id>]`; inactive ones are left out before. */
  readonly upstreams: Readonly<Record<string, unknown>>;
  /** Each as a table of `[[routes]]`. */
  readonly routes: Readonly<Record<string, unknown>>;
};

export const NOTHING_STORED: StoredValues = { settings: {}, upstreams: {}, routes: {} };

/** What became of one stored object: in use, or left out for one of the two reasons. */
export type StoredFit = { readonly id: string; readonly problem?: string; readonly hiddenBy?: string };

/** These keys are needed to find the store. */
const NEVER_STORED = new Set(["data_dir", "database"]);
/** Keys that name an upstream. */
const NAMES_UPSTREAM = new Set(["upstream", "fallback.upstream"]);

/** A layer of settings; one that names an upstream which is not there is left out. */
export function fitSettings(
  stored: StoredValues["settings"],
  { ids, baseDirectory }: { readonly ids: readonly string[]; readonly baseDirectory: string },
): { readonly layer: Layer; readonly notices: readonly string[] } {
  const values: SetValue[] = [];
  const notices: string[] = [];
  for (const [name, value] of Object.entries(stored)) {
    const isGone = NAMES_UPSTREAM.has(name) && typeof value === "string" && value !== "" && !ids.includes(value);
    if (isGone) {
      notices.push(`${STORED}: ${name} ${describeUnknown(value, ids)}; the stored value is left out`);
    } else if (!NEVER_STORED.has(name)) {
      values.push({ path: name.split("."), value, isText: false, source: STORED, baseDirectory });
    }
  }
  return { layer: { values, problems: [], notices: [] }, notices };
}

/** Values of the stored upstreams that no file and no variable has, too. */
export function fitUpstreams(
  stored: StoredValues["upstreams"],
  options: {
    readonly rules: UpstreamRules;
    readonly toProviderId: (name: string) => string;
    /** What above the store has an upstream of this id. */
    readonly findOwner: (id: string) => string | undefined;
  },
): { readonly values: readonly SetValue[]; readonly ids: readonly string[]; readonly fits: readonly StoredFit[] } {
  const values: SetValue[] = [];
  const ids: string[] = [];
  const { rules, toProviderId, findOwner } = options;
  const fits = Object.entries(stored).map(([id, table]): StoredFit => {
    const names = new Set([id, ...rules.knownProviders.filter((name) => toProviderId(name) === id)]);
    const hiddenBy = [...names].map(findOwner).find((owner) => owner !== undefined);
    if (hiddenBy !== undefined) return { id, hiddenBy };
    const checked = checkUpstream(id, table, rules);
    if (checked.problems.length > 0) return { id, problem: checked.problems.join("; ") };
    ids.push(id);
    values.push(...checked.values);
    return { id };
  });
  return { values, ids, fits };
}

/** Stored routes; a route of a file for the same models hides one. */
export function fitRoutes(
  stored: StoredValues["routes"],
  { ids, files }: { readonly ids: readonly string[]; readonly files: readonly RouteSettings[] },
): { readonly routes: readonly RouteSettings[]; readonly fits: readonly StoredFit[] } {
  const routes: RouteSettings[] = [];
  const fits = Object.entries(stored).map(([id, value]): StoredFit => {
    const hiddenBy = files.find(({ pattern, active }) => active && pattern === id)?.id;
    if (hiddenBy !== undefined) return { id, hiddenBy };
    const parsed = parseStoredRoute(value);
    const problems = [...parsed.problems, ...listUnknownUpstreams(parsed.route, ids)];
    if (parsed.route === undefined || problems.length > 0) return { id, problem: problems.join("; ") };
    routes.push(parsed.route);
    return { id };
  });
  return { routes, fits };
}

/** Upstreams a route names that are not there, in words. */
export function listUnknownUpstreams(route: RouteSettings | undefined, ids: readonly string[]): readonly string[] {
  return (route?.targets ?? []).flatMap(({ upstream }) =>
    upstream === undefined || ids.includes(upstream) ? [] : [`upstream ${describeUnknown(upstream, ids)}`],
  );
}

function describeUnknown(id: string, ids: readonly string[]): string {
  return `must be the id of a provider, not ${showValue(id)}${suggest(id, ids)}`;
}
