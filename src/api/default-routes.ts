/** @module `/admin/api/routes/defaults`: routes that price rows offer, looked at and taken over. */

import { z } from "zod";
import type { RouteFacts, UpstreamFacts } from "../domain/routing-facts.ts";
import { type DefaultRoute, listDefaultRoutes } from "../price/default-routes.ts";
import type { PriceRow } from "../price/row.ts";
import { type Endpoint, endpoint } from "./endpoint.ts";
import { ApiError } from "./error.ts";
import type { RoutingParts } from "./upstreams.ts";
import { write } from "./writes.ts";

export type DefaultRouteParts = Omit<RoutingParts, "reader" | "rules"> & {
  /** All price rows that hold now. */
  readonly listPriceRows: () => Promise<readonly PriceRow[]>;
};

const MAX_ITEMS = 200;
/** After everything that people wrote themselves. */
const PRIORITY = 90;

const body = z.strictObject({
  provider: z.string().optional().describe("Only routes to this upstream."),
  mode: z
    .enum(["missing_only", "refresh_generated"])
    .default("missing_only")
    .describe("`refresh_generated` also changes generated routes whose price row changed."),
  models: z.array(z.string()).optional().describe("Only these names."),
  include_removed: z.boolean().default(false).describe("Also those that were deleted before."),
});

const status = z.enum(["insert", "update", "unchanged", "keep_own", "removed"]);

const plan = z.object({
  mode: z.string(),
  total: z.number(),
  counts: z.record(status, z.number()),
  items: z.array(
    z.object({
      model: z.string(),
      upstream: z.string(),
      upstream_model: z.string().nullable(),
      price_model: z.string().describe("The price row it comes from."),
      is_alias: z.boolean(),
      key_env: z.string().nullable(),
      active: z.boolean().describe("Whether it would be in use: only where a key is configured."),
      status: status.describe("`keep_own`: you have a route of your own; `removed`: you deleted it before."),
    }),
  ),
  truncated: z.boolean(),
});

type Item = { readonly route: DefaultRoute; readonly settings: Record<string, unknown>; readonly status: Status };
type Status = z.output<typeof status>;

export function createDefaultRouteEndpoints({ ask, routing, listPriceRows }: DefaultRouteParts): readonly Endpoint[] {
  const toPlan = async (options: z.output<typeof body>): Promise<readonly Item[]> => {
    const { facts } = routing;
    const rows = await listPriceRows();
    const sellers = facts.upstreams.filter((upstream) => upstream.in_use && upstream.serves_root);
    if (options.provider !== undefined && !sellers.some(({ id }) => id === options.provider)) {
      throw new ApiError("bad_body", `provider: no upstream for the root paths is called ${options.provider}`);
    }
    const offered = sellers.filter(({ id }) => options.provider === undefined || options.provider === id);
    const routes = listDefaultRoutes(
      rows,
      offered.map((upstream) => ({ id: upstream.id, ready: isReady(upstream) })),
    );
    const wanted = options.models === undefined ? undefined : new Set(options.models);
    const byModel = new Map(facts.routes.map((route) => [route.model, route]));
    const removed = new Set(options.include_removed ? [] : facts.removed_seeds);
    const byId = new Map(sellers.map((upstream) => [upstream.id, upstream]));
    return routes
      .filter(({ model }) => wanted?.has(model) !== false)
      .map((route) => toItem(route, byId.get(route.upstream), { known: byModel.get(route.model), removed, options }));
  };

  const toAnswer = (items: readonly Item[], mode: string): z.output<typeof plan> => ({
    mode,
    total: items.length,
    counts: Object.fromEntries(
      status.options.map((each) => [each, items.filter((item) => item.status === each).length]),
    ) as Record<Status, number>, // a count for each option
    items: items.slice(0, MAX_ITEMS).map(({ route, settings, status: is }) => ({
      model: route.model,
      upstream: route.upstream,
      upstream_model: route.upstreamModel ?? null,
      price_model: route.priceModel,
      is_alias: route.isAlias,
      key_env: typeof settings["api_key_env"] === "string" ? settings["api_key_env"] : null,
      active: settings["active"] === true,
      status: is,
    })),
    truncated: items.length > MAX_ITEMS,
  });

  return [
    endpoint({
      method: "post",
      path: "/admin/api/routes/defaults/preview",
      tag: "upstreams",
      summary: "Routes that price rows offer; nothing is changed.",
      body,
      answer: plan,
      handle: async ({ body: options }) => toAnswer(await toPlan(options), options.mode),
    }),
    endpoint({
      method: "post",
      path: "/admin/api/routes/defaults/apply",
      tag: "upstreams",
      summary: "Stores the offered routes, all or none. Those without a configured key stay switched off.",
      body,
      answer: plan,
      errors: ["conflict", "recorder_unavailable"],
      async handle({ body: options }) {
        const items = await toPlan(options);
        const puts = items
          .filter((item) => item.status === "insert" || item.status === "update")
          .map(({ route, settings }) => ({
            kind: "route" as const,
            id: route.model,
            value: { route: settings, generated: true },
          }));
        if (puts.length > 0) await write(ask, { name: "put-objects", puts });
        return toAnswer(items, options.mode);
      },
    }),
  ];
}

function isReady(upstream: UpstreamFacts): boolean {
  return upstream.local || upstream.key_there;
}

function toItem(
  route: DefaultRoute,
  upstream: UpstreamFacts | undefined,
  context: {
    readonly known: RouteFacts | undefined;
    readonly removed: ReadonlySet<string>;
    readonly options: z.output<typeof body>;
  },
): Item {
  const { known, removed, options } = context;
  const keyEnv = upstream?.credential === null ? upstream.key_env : null;
  const settings = {
    model: route.model,
    upstream: route.upstream,
    ...(route.upstreamModel === undefined ? {} : { upstream_model: route.upstreamModel }),
    ...(keyEnv === null || upstream?.local === true ? {} : { api_key_env: keyEnv }),
    priority: PRIORITY,
    // Somebody's switch stays as it is.
    active: known === undefined ? route.ready : known.active,
  };
  return { route, settings, status: toStatus(settings, known, removed.has(route.model), options.mode) };
}

function toStatus(
  settings: Readonly<Record<string, unknown>>,
  known: RouteFacts | undefined,
  isRemoved: boolean,
  mode: string,
): Status {
  if (known === undefined) return isRemoved ? "removed" : "insert";
  if (!known.generated) return "keep_own";
  const isSame = JSON.stringify(sortKeys(known.settings ?? {})) === JSON.stringify(sortKeys(settings));
  return isSame || mode === "missing_only" ? "unchanged" : "update";
}

function sortKeys(table: Readonly<Record<string, unknown>>): readonly (readonly [string, unknown])[] {
  return Object.entries(table).sort(([a], [b]) => (a < b ? -1 : 1));
}
