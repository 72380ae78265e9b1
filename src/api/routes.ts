/** @module All that the api answers, put together: one door check, one error shape, one file per resource. */

import { Hono } from "hono";
import type { Asker } from "../message/asker.ts";
import type { StoreReader } from "../store/store.ts";
import type { StatusAnswer } from "./contract.ts";
import { ApiError, toErrorResponse } from "./error.ts";
import type { LiveFeed } from "./live.ts";
import { liveParameters, parseParameters } from "./parameters.ts";
import { createPriceRoutes, type PriceExplainer } from "./prices.ts";
import { createRequestRoutes } from "./requests.ts";
import { createStatsRoutes } from "./stats.ts";
import type { StatusBoard } from "./status.ts";
import type { Ui } from "./ui.ts";

export type ApiParts = {
  readonly reader: StoreReader;
  /** Asks the recorder for a change; answered after the commit. */
  readonly ask: Asker["ask"];
  readonly live: LiveFeed;
  readonly board: StatusBoard;
  readonly ui: Ui;
  readonly now: () => number;
  readonly timeZone: string;
  readonly pricer?: PriceExplainer;
  /** Told of faults that are ours; refusals are not faults. */
  readonly onFault?: (error: unknown, path: string) => void;
};

/** Stamped by the proxy process on requests whose door it has checked; anything else is refused. */
export const DOOR_HEADER = "x-modeltap-door";

const PAGES = ["/dashboard", "/admin", "/admin/requests", "/admin/requests/:id"] as const;

export function createApi(parts: ApiParts): Hono {
  const { reader, live, board, ui } = parts;
  const api = new Hono();

  api.use(async (c, next) => {
    if (c.req.header(DOOR_HEADER) !== "open") throw new ApiError("door_closed", "This process answers the proxy only.");
    if (c.req.method !== "GET" && c.req.method !== "HEAD") {
      throw new ApiError("method_not_allowed", "Everything here is read with GET.");
    }
    await next();
    if (!c.res.headers.has("cache-control")) c.res.headers.set("cache-control", "no-store");
    c.res.headers.set("x-content-type-options", "nosniff");
  });

  api.route("/stats", createStatsRoutes(parts));
  api.route("/admin/api/requests", createRequestRoutes(reader));
  api.route("/admin/api/prices", createPriceRoutes(parts.pricer));
  api.get("/admin/api/live", (c) => live.open(parseParameters(liveParameters, c.req.query()).after));
  api.get("/admin/api/status", async (c) => {
    const answer: StatusAnswer = {
      status: board.status,
      age_ms: board.ageMs,
      recording: board.recording,
      last_change_seq: await reader.lastChangeSeq().catch(() => 0),
    };
    return c.json(answer);
  });
  for (const page of PAGES) api.get(page, () => ui.serveShell());
  api.get("/assets/:name", (c) => ui.serveAsset(c.req.param("name"), c.req.header("accept-encoding") ?? ""));

  api.notFound((c) => toErrorResponse(new ApiError("not_found", `Nothing is at ${c.req.path}.`)));
  api.onError((error, c) => {
    if (!(error instanceof ApiError) || error.cause !== undefined) parts.onFault?.(error, c.req.path);
    return toErrorResponse(error);
  });
  return api;
}
