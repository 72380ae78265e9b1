/** @module `/admin/api/routes`: which upstream a model goes to; routes of files are shown, stored ones can be changed. */

import { z } from "zod";
import { type Endpoint, endpoint } from "./endpoint.ts";
import { ApiError } from "./error.ts";
import { findStored, getChanged, listUpstreamIds, refuse } from "./routing-board.ts";
import { deleted, fixFacts, routeFacts } from "./schema/routing.ts";
import type { RoutingParts } from "./upstreams.ts";
import { write } from "./writes.ts";

const PATH = "/admin/api/routes";
const params = z.object({ model: z.string().describe("A model, or `prefix*`; a slash in it is written as `%2F`.") });
const tag = "upstreams";

export function createModelRouteEndpoints(parts: RoutingParts): readonly Endpoint[] {
  const { reader, ask, routing, rules } = parts;

  const put = async (route: Readonly<Record<string, unknown>>, expectVersion?: number) => {
    refuse(rules.checkRoute(route, listUpstreamIds(routing.facts)));
    const model = String(route["model"]).trim();
    await write(ask, {
      name: "put-object",
      kind: "route",
      id: model,
      value: { route: { ...route, model }, generated: false },
      ...(expectVersion === undefined ? {} : { expectVersion }),
    });
    return getChanged(findStored(routing.facts.routes, model));
  };

  const get = async (model: string) => {
    const object = await reader.findObject("route", model);
    if (object !== undefined) return object;
    const known = routing.facts.routes.find((route) => route.model === model || route.id === model);
    if (known === undefined) throw new ApiError("not_found", `There is no route for ${model}.`);
    throw new ApiError("conflict", `The route for ${model} is not stored but stands in ${known.id}.`);
  };

  return [
    endpoint({
      method: "get",
      path: PATH,
      tag,
      summary: "All model routes in the order in which they are tried; those that are not in use last.",
      answer: z.object({
        routes: z.array(routeFacts),
        removed_seeds: z.array(z.string()),
        fixes: z.array(fixFacts).describe("Compatibility fixes that a route may name."),
      }),
      handle() {
        const { routes, removed_seeds, fixes } = routing.facts;
        return { routes, removed_seeds, fixes };
      },
    }),
    endpoint({
      method: "post",
      path: PATH,
      tag,
      summary: "Stores a new route; it is in use at once.",
      description: "Takes the keys of `[[routes]]` in config.toml. A credential is only named, by `api_key_env`.",
      status: 201,
      body: rules.routeBody,
      answer: routeFacts,
      errors: ["conflict", "recorder_unavailable"],
      handle: ({ body }) => put(body, 0),
    }),
    endpoint({
      method: "get",
      path: `${PATH}/{model}`,
      tag,
      summary: "The stored route for a model, else the one of a file.",
      params,
      answer: routeFacts,
      errors: ["not_found"],
      handle({ params: { model } }) {
        const { routes } = routing.facts;
        const found = findStored(routes, model) ?? routes.find((route) => route.model === model);
        if (found === undefined) throw new ApiError("not_found", `There is no route for ${model}.`);
        return found;
      },
    }),
    endpoint({
      method: "put",
      path: `${PATH}/{model}`,
      tag,
      summary: "Stores a route whole, new or instead of the stored one.",
      params,
      body: rules.routeBody,
      answer: routeFacts,
      errors: ["conflict", "recorder_unavailable"],
      handle({ params: { model }, body }) {
        if (body["model"] !== undefined && body["model"] !== model) refuse(["model must be the one of the path"]);
        return put({ ...body, model });
      },
    }),
    endpoint({
      method: "patch",
      path: `${PATH}/{model}`,
      tag,
      summary: "Switches a stored route on or off.",
      params,
      body: z.strictObject({ active: z.boolean() }),
      answer: routeFacts,
      errors: ["not_found", "conflict", "recorder_unavailable"],
      async handle({ params: { model }, body }) {
        const { value, version } = await get(model);
        // Written by `put` and by default routes, in one shape.
        const stored = value as { readonly route: object; readonly generated?: boolean };
        await write(ask, {
          name: "put-object",
          kind: "route",
          id: model,
          value: { ...stored, route: { ...stored.route, active: body.active } },
          expectVersion: version,
        });
        return getChanged(findStored(routing.facts.routes, model));
      },
    }),
    endpoint({
      method: "delete",
      path: `${PATH}/{model}`,
      tag,
      summary: "Deletes a stored route. One that was generated is not generated again.",
      params,
      answer: deleted,
      errors: ["not_found", "conflict", "recorder_unavailable"],
      async handle({ params: { model } }) {
        const { value } = await get(model);
        // First the mark: if the second write fails, the route is still there and can be deleted again.
        if ((value as { readonly generated?: boolean }).generated === true) {
          await write(ask, { name: "put-object", kind: "removed-seed", id: model, value: {} });
        }
        await write(ask, { name: "delete-object", kind: "route", id: model });
        return { deleted: true as const };
      },
    }),
  ];
}
