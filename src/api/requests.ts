/** @module `/admin/api/requests`: the list of exchanges, one exchange, and its bodies. */

import { Hono } from "hono";
import { type ExchangeId, parseExchangeId } from "../domain/id.ts";
import type { CaptureSide, StoreReader } from "../store/store.ts";
import { toBodyText } from "./bodies.ts";
import type { RequestPage } from "./contract.ts";
import { ApiError } from "./error.ts";
import { bodyParameters, listParameters, parseParameters, toExchangeFilter } from "./parameters.ts";
import { toRequestDetail, toRequestRow } from "./rows.ts";

export function createRequestRoutes(reader: StoreReader): Hono {
  return new Hono()
    .get("/", async (c) => {
      const query = parseParameters(listParameters, c.req.query());
      const filter = toExchangeFilter(query);
      const { limit, offset, cursor } = query;
      const [page, total] = await Promise.all([
        reader.listExchanges(filter, {
          limit,
          ...(offset === undefined ? {} : { offset }),
          ...(cursor ? { cursor } : {}),
        }),
        query.count ? reader.countExchanges(filter) : undefined,
      ]);
      const answer: RequestPage = {
        rows: page.rows.map(toRequestRow),
        next: page.next ?? null,
        ...(total === undefined ? {} : { total }),
      };
      return c.json(answer);
    })
    .get("/:id", async (c) => {
      const exchange = await reader.findExchange(getId(c.req.param("id")));
      if (exchange === undefined) throw new ApiError("not_found", "There is no exchange with this id.");
      return c.json(toRequestDetail(exchange));
    })
    .get("/:id/body/:side", async (c) => {
      const id = getId(c.req.param("id"));
      const side = getSide(c.req.param("side"));
      const { raw } = parseParameters(bodyParameters, c.req.query());
      const capture = await reader.findCapture(id, side);
      if (capture === undefined) throw new ApiError("not_found", `No body of this ${side} was kept.`);
      if (!raw) return c.json(await toBodyText(capture));
      // Foreign bytes never become a page of ours: a download of no known type, whatever the upstream called it.
      return new Response(new Uint8Array(capture.bytes), {
        headers: {
          "content-type": "application/octet-stream",
          "content-disposition": `attachment; filename="${id}-${side}.bin"`,
          "x-content-type-options": "nosniff",
          "content-security-policy": "sandbox; default-src 'none'",
        },
      });
    });
}

function getId(text: string): ExchangeId {
  const id = parseExchangeId(text);
  if (id === undefined) throw new ApiError("not_found", "An exchange id is a UUID such as 019aa3f0-….");
  return id;
}

function getSide(text: string): CaptureSide {
  if (text === "request" || text === "response") return text;
  throw new ApiError("not_found", "A body is either /body/request or /body/response.");
}
