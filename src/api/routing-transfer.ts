/** @module `/admin/api/routing`: everything that is stored about routes as one document, to save and to store again. */

import { z } from "zod";
import type { ObjectKind } from "../domain/stored-object.ts";
import type { RoutingFacts } from "../domain/routing-facts.ts";
import { type Endpoint, endpoint } from "./endpoint.ts";
import { listUpstreamIds, refuse, type RoutingRules } from "./routing-board.ts";
import type { RoutingParts } from "./upstreams.ts";
import { write } from "./writes.ts";

const PATH = "/admin/api/routing";
const tag = "upstreams";

const table = z.record(z.string(), z.unknown());
export const routingDocument = z.strictObject({
  upstreams: z.array(table).default([]).describe("`id`, `active`, and the keys of `[providers.<id>]`."),
  routes: z.array(table).default([]).describe("The keys of `[[routes]]`; `generated` for those from price rows."),
  settings: table.default({}).describe("By key, such as `fallback.upstream`."),
});
const counts = z.object({ upstreams: z.number(), routes: z.number(), settings: z.number() });

export type RoutingDocument = z.output<typeof routingDocument>;
type Put = { readonly kind: ObjectKind; readonly id: string; readonly value: unknown };

export function createRoutingTransferEndpoints({
  ask,
  routing,
  rules,
}: Omit<RoutingParts, "reader">): readonly Endpoint[] {
  const count = ({ upstreams, routes, settings }: RoutingDocument) => ({
    upstreams: upstreams.length,
    routes: routes.length,
    settings: Object.keys(settings).length,
  });
  return [
    endpoint({
      method: "get",
      path: PATH,
      tag,
      summary: "All stored upstreams, routes and settings as one document.",
      answer: routingDocument,
      handle: () => toDocument(routing.facts),
    }),
    endpoint({
      method: "post",
      path: PATH,
      tag,
      summary: "Stores a document, all of it or nothing; what is stored under the same names is replaced.",
      body: routingDocument,
      answer: counts,
      errors: ["conflict", "recorder_unavailable"],
      async handle({ body }) {
        const puts = planImport(body, routing.facts, rules);
        if (puts.length > 0) await write(ask, { name: "put-objects", puts });
        return count(body);
      },
    }),
    endpoint({
      method: "post",
      path: `${PATH}/check`,
      tag,
      summary: "What storing a document would refuse; nothing is stored.",
      body: routingDocument,
      answer: counts,
      handle({ body }) {
        planImport(body, routing.facts, rules);
        return count(body);
      },
    }),
  ];
}

function toDocument({ upstreams, routes, settings }: RoutingFacts): RoutingDocument {
  return {
    upstreams: sortById(upstreams).flatMap(({ id, active, settings: own }) =>
      own === null ? [] : [{ id, active, ...own }],
    ),
    routes: sortById(routes).flatMap(({ generated, settings: own }) =>
      own === null ? [] : [{ ...own, ...(generated ? { generated } : {}) }],
    ),
    settings: Object.fromEntries(settings.filter(({ stored }) => stored).map(({ key, value }) => [key, value])),
  };
}

/** The same order wherever it is told, so that two documents can be compared. */
function sortById<Facts extends { readonly id: string }>(list: readonly Facts[]): readonly Facts[] {
  return list.toSorted((a, b) => (a.id < b.id ? -1 : 1));
}

/** The objects of a document. Throws ApiError with every problem, each with its place in the document. */
export function planImport(body: RoutingDocument, facts: RoutingFacts, rules: RoutingRules): readonly Put[] {
  const problems: string[] = [];
  const say = (place: string, found: readonly string[]): void => {
    problems.push(...found.map((problem) => `${place}: ${problem}`));
  };
  const puts: Put[] = [];

  for (const [at, { id: given, active = true, ...settings }] of body.upstreams.entries()) {
    const id = typeof given === "string" ? given.trim().toLowerCase() : "";
    if (typeof active !== "boolean") say(`upstreams[${at}]`, ["active must be a boolean"]);
    say(`upstreams[${at}]`, id === "" ? ["id must be a text"] : rules.checkUpstream(id, settings));
    puts.push({ kind: "upstream", id, value: { active, settings } });
  }
  const ids = [...listUpstreamIds(facts), ...puts.map(({ id }) => id)];
  for (const [at, { generated = false, ...route }] of body.routes.entries()) {
    if (typeof generated !== "boolean") say(`routes[${at}]`, ["generated must be a boolean"]);
    say(`routes[${at}]`, rules.checkRoute(route, ids));
    const model = String(route["model"]).trim();
    puts.push({ kind: "route", id: model, value: { route: { ...route, model }, generated } });
  }
  for (const [key, value] of Object.entries(body.settings)) {
    const known = facts.settings.find((setting) => setting.key === key);
    if (known === undefined) say("settings", [`${key} cannot be stored`]);
    else say("settings", rules.checkSetting(key, value, ids));
    puts.push({ kind: "setting", id: key, value });
  }
  const names = puts.map(({ kind, id }) => `${kind} ${id}`);
  problems.push(...names.filter((name, at) => names.indexOf(name) < at).map((name) => `${name} is there twice`));
  refuse(problems);
  return puts;
}
