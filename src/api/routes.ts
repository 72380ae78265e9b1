/** @module All that the api answers, put together: one door check, one error shape, one file per resource. */

import { Hono } from "hono";
import type { ConfigSummary } from "../domain/config-summary.ts";
import type { Asker } from "../message/asker.ts";
import type { PriceRow } from "../price/row.ts";
import type { StoreReader } from "../store/store.ts";
import { type Endpoint, mountEndpoints } from "./endpoint.ts";
import { createDefaultRouteEndpoints } from "./default-routes.ts";
import { ApiError, toErrorResponse } from "./error.ts";
import { createConfigurationEndpoints } from "./configuration.ts";
import { createCostAuditEndpoints } from "./cost-audit.ts";
import { createKeyEndpoints } from "./keys.ts";
import type { LiveFeed } from "./live.ts";
import { createLogEndpoints } from "./logs.ts";
import { createDocumentEndpoints } from "./openapi-page.ts";
import { createModelRouteEndpoints } from "./model-routes.ts";
import { createPriceEndpoints } from "./prices.ts";
import { type ApiPrices, createPricingEndpoints } from "./pricing.ts";
import { PROXY_ENDPOINTS } from "./proxy-endpoints.ts";
import { createQuotaEndpoints } from "./quotas.ts";
import { createRequestEndpoints } from "./requests.ts";
import { createSessionEndpoints } from "./sessions.ts";
import { createRoutingTransferEndpoints } from "./routing-transfer.ts";
import type { RoutingBoard, RoutingRules } from "./routing-board.ts";
import { createSettingEndpoints } from "./settings.ts";
import { createStatsEndpoints } from "./stats.ts";
import type { StatusBoard } from "./status.ts";
import { createStatusEndpoints } from "./status-endpoints.ts";
import { createTrendEndpoints } from "./trend.ts";
import type { Ui } from "./ui.ts";
import { createUsageEndpoints } from "./usage.ts";
import { createUpstreamEndpoints } from "./upstreams.ts";

export type ApiParts = {
  readonly reader: StoreReader;
  /** Asks the recorder for a change; answered after the commit. */
  readonly ask: Asker["ask"];
  readonly live: LiveFeed;
  readonly board: StatusBoard;
  readonly ui: Ui;
  readonly now: () => number;
  readonly timeZone: string;
  readonly version: string;
  readonly summary: ConfigSummary | undefined;
  readonly routing: RoutingBoard;
  readonly rules: RoutingRules;
  readonly prices: ApiPrices | undefined;
  readonly listPriceRows: () => Promise<readonly PriceRow[]>;
  /** Told of faults that are ours; refusals are not faults. */
  readonly onFault?: (error: unknown, path: string) => void;
};

/** Stamped by the proxy process on requests whose door it has checked; anything else is refused. */
export const DOOR_HEADER = "x-modeltap-door";

/** Paths of pages for people; all else has a row in the table. */
export const PAGES = [
  "/dashboard",
  "/admin",
  "/admin/login",
  "/admin/requests",
  "/admin/requests/:id",
  "/admin/settings",
  "/admin/settings/:tab",
] as const;

export function createApi(parts: ApiParts): Hono {
  const { ui } = parts;
  const api = new Hono();

  api.use(async (c, next) => {
    if (c.req.header(DOOR_HEADER) !== "open") throw new ApiError("door_closed", "This process answers the proxy only.");
    await next();
    if (!c.res.headers.has("cache-control")) c.res.headers.set("cache-control", "no-store");
    c.res.headers.set("x-content-type-options", "nosniff");
  });

  const endpoints = listEndpoints(parts);
  mountEndpoints(api, [...endpoints, ...createDocumentEndpoints(endpoints, parts.version)]);
  for (const page of PAGES) api.get(page, () => ui.serveShell());
  api.get("/assets/:name", (c) => ui.serveAsset(c.req.param("name"), c.req.header("accept-encoding") ?? ""));

  api.notFound((c) => toErrorResponse(new ApiError("not_found", `Nothing is at ${c.req.path}.`)));
  api.onError((error, c) => {
    if (!(error instanceof ApiError) || error.cause !== undefined) parts.onFault?.(error, c.req.path);
    return toErrorResponse(error);
  });
  return api;
}

/** The table of all that is served beside pages: a resource adds its rows here, and is routed and documented by it. */
export function listEndpoints(parts: ApiParts): readonly Endpoint[] {
  const { reader, live, board } = parts;
  return [
    ...createStatsEndpoints(parts),
    ...createRequestEndpoints(reader, "/admin/api/requests", "requests"),
    ...createRequestEndpoints(reader, "/api/requests", "integration"),
    ...createSessionEndpoints(reader, "/admin/api/sessions", "sessions"),
    ...createSessionEndpoints(reader, "/api/sessions", "integration"),
    ...createUsageEndpoints(parts),
    ...createTrendEndpoints(parts),
    ...createLogEndpoints(reader),
    ...createQuotaEndpoints(parts.now),
    ...createConfigurationEndpoints(parts),
    ...createCostAuditEndpoints(reader),
    ...createKeyEndpoints(parts),
    ...createPriceEndpoints(parts),
    ...createPricingEndpoints(parts),
    ...createStatusEndpoints({ reader, live, board }),
    ...createUpstreamEndpoints(parts),
    ...createDefaultRouteEndpoints(parts),
    ...createModelRouteEndpoints(parts),
    ...createSettingEndpoints(parts),
    ...createRoutingTransferEndpoints(parts),
    ...PROXY_ENDPOINTS,
  ];
}
