/** @module `/admin/api/upstreams`: all that requests may go to, and those that people store. */

import { z } from "zod";
import type { RoutingFacts } from "../domain/routing-facts.ts";
import type { Asker } from "../message/asker.ts";
import type { StoreReader } from "../store/store.ts";
import { type Endpoint, endpoint } from "./endpoint.ts";
import { ApiError } from "./error.ts";
import { findStored, getChanged, refuse, type RoutingBoard, type RoutingRules } from "./routing-board.ts";
import { deleted, upstreamFacts } from "./schema/routing.ts";
import { write } from "./writes.ts";

export type RoutingParts = {
  readonly reader: Pick<StoreReader, "findObject">;
  readonly ask: Asker["ask"];
  readonly routing: RoutingBoard;
  readonly rules: RoutingRules;
};

const PATH = "/admin/api/upstreams";
const params = z.object({ id: z.string() });
const tag = "upstreams";

export function createUpstreamEndpoints(parts: RoutingParts): readonly Endpoint[] {
  const { reader, ask, routing, rules } = parts;

  const put = async (body: Readonly<Record<string, unknown>>, expectVersion?: number) => {
    const { id: given, active = true, ...settings } = body;
    const id = String(given).trim().toLowerCase();
    refuse([
      ...(typeof active === "boolean" ? [] : ["active must be a boolean"]),
      ...rules.checkUpstream(id, settings),
    ]);
    if (active === false) refuseInUse(routing.facts, id);
    const value = { active, settings };
    await write(ask, {
      name: "put-object",
      kind: "upstream",
      id,
      value,
      ...(expectVersion === undefined ? {} : { expectVersion }),
    });
    return getChanged(findStored(routing.facts.upstreams, id));
  };

  const get = async (id: string) => {
    const object = await reader.findObject("upstream", id);
    if (object !== undefined) return object;
    const known = routing.facts.upstreams.find((upstream) => upstream.id === id);
    if (known === undefined) throw new ApiError("not_found", `There is no upstream ${id}.`);
    throw new ApiError("conflict", `${id} is not stored but stands in ${known.read_only_by ?? known.source}.`);
  };

  return [
    endpoint({
      method: "get",
      path: PATH,
      tag,
      summary: "Everything that requests may go to, with its source.",
      description: "Of two with one id, files come before stored ones, and these before the catalogue.",
      answer: z.object({ upstreams: z.array(upstreamFacts) }),
      handle: () => ({ upstreams: routing.facts.upstreams }),
    }),
    endpoint({
      method: "post",
      path: PATH,
      tag,
      summary: "Stores a new upstream; it is in use at once.",
      description: "Takes the keys of `[providers.<id>]` in config.toml, its `id`, and `active`. Secrets are refused.",
      status: 201,
      body: rules.upstreamBody,
      answer: upstreamFacts,
      errors: ["conflict", "recorder_unavailable"],
      handle: ({ body }) => put(body, 0),
    }),
    endpoint({
      method: "get",
      path: `${PATH}/{id}`,
      tag,
      summary: "One upstream: the one in use, else the stored one.",
      params,
      answer: upstreamFacts,
      errors: ["not_found"],
      handle({ params: { id } }) {
        const all = routing.facts.upstreams.filter((upstream) => upstream.id === id || upstream.aliases.includes(id));
        const found = all.find((upstream) => upstream.in_use) ?? all[0];
        if (found === undefined) throw new ApiError("not_found", `There is no upstream ${id}.`);
        return found;
      },
    }),
    endpoint({
      method: "put",
      path: `${PATH}/{id}`,
      tag,
      summary: "Stores an upstream whole, new or instead of the stored one.",
      params,
      body: rules.upstreamBody,
      answer: upstreamFacts,
      errors: ["conflict", "recorder_unavailable"],
      handle({ params: { id }, body }) {
        if (body["id"] !== undefined && body["id"] !== id) refuse(["id must be the one of the path"]);
        return put({ ...body, id });
      },
    }),
    endpoint({
      method: "patch",
      path: `${PATH}/{id}`,
      tag,
      summary: "Switches a stored upstream on or off.",
      params,
      body: z.strictObject({ active: z.boolean() }),
      answer: upstreamFacts,
      errors: ["not_found", "conflict", "recorder_unavailable"],
      async handle({ params: { id }, body }) {
        const { value, version } = await get(id);
        if (!body.active) refuseInUse(routing.facts, id);
        await write(ask, {
          name: "put-object",
          kind: "upstream",
          id,
          value: { ...(value as object), active: body.active },
          expectVersion: version,
        });
        return getChanged(findStored(routing.facts.upstreams, id));
      },
    }),
    endpoint({
      method: "delete",
      path: `${PATH}/{id}`,
      tag,
      summary: "Deletes a stored upstream; one of the catalogue with its id is in use again.",
      params,
      answer: deleted,
      errors: ["not_found", "conflict", "recorder_unavailable"],
      async handle({ params: { id } }) {
        await get(id);
        refuseInUse(routing.facts, id);
        await write(ask, { name: "delete-object", kind: "upstream", id });
        return { deleted: true as const };
      },
    }),
  ];
}

/** Files that name a stored upstream would no longer be valid without it. Stored routes are left out then, and told. */
function refuseInUse({ upstreams, routes, settings }: RoutingFacts, id: string): void {
  const stored = findStored(upstreams, id);
  // Of the catalogue's own ids the catalogue's row is left.
  if (stored?.in_use !== true || stored.in_catalogue) return;
  const user =
    routes.find(({ source, targets }) => source !== "stored" && targets.some(({ upstream }) => upstream === id))?.id ??
    settings.find(({ value, stored: isStored }) => value === id && !isStored)?.source;
  if (user !== undefined) throw new ApiError("conflict", `${id} is named by ${user}, which would no longer be valid.`);
}
