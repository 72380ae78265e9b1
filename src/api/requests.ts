/** @module `/admin/api/requests`: the list of exchanges, one exchange, and its bodies. */

import { z } from "zod";
import { type ExchangeId, parseExchangeId } from "../domain/id.ts";
import type { CaptureSide, StoreReader } from "../store/store.ts";
import { toBodyText } from "./bodies.ts";
import type { RequestPage } from "./contract.ts";
import { type Endpoint, endpoint } from "./endpoint.ts";
import { ApiError } from "./error.ts";
import { bodyParameters, listParameters, toExchangeFilter } from "./parameters.ts";
import { toRequestDetail, toRequestRow } from "./rows.ts";
import { bodyText, requestDetail, requestPage } from "./schema/request.ts";

const idParameter = z.object({ id: z.string().describe("An exchange id.") });

/** `root` is where they are served: the pages' own place, or that of the integration API. */
export function createRequestEndpoints(reader: StoreReader, root: string, tag: string): readonly Endpoint[] {
  return [
    endpoint({
      method: "get",
      path: root,
      tag,
      summary: "Exchanges, newest first.",
      query: listParameters,
      answer: requestPage,
      handle: ({ query }) => listRequests(reader, query),
    }),
    endpoint({
      method: "get",
      path: `${root}/{id}`,
      tag,
      summary: "Everything known about one exchange but its bodies.",
      params: idParameter,
      answer: requestDetail,
      errors: ["not_found"],
      async handle({ params }) {
        const exchange = await reader.findExchange(getExchangeId(params.id));
        if (exchange === undefined) throw new ApiError("not_found", "There is no exchange with this id.");
        return toRequestDetail(exchange);
      },
    }),
    endpoint({
      method: "get",
      path: `${root}/{id}/body/{side}`,
      tag,
      summary: "A body as text, or with `raw` its bytes as they were on the wire, as a download.",
      params: idParameter.extend({
        side: z
          .string()
          .describe(
            "`request`, `response` (as the upstream sent it) or `client-response` (as the client got it, where a compatibility fix changed it).",
          ),
      }),
      query: bodyParameters,
      answer: bodyText,
      media: "application/octet-stream",
      errors: ["not_found"],
      async handle({ params, query: { raw } }) {
        const id = getExchangeId(params.id);
        const side = getSide(params.side);
        const capture = await reader.findCapture(id, side);
        if (capture === undefined) throw new ApiError("not_found", `No body of this ${side} was kept.`);
        if (!raw) return toBodyText(capture);
        // Foreign bytes never become a page of ours: a download of no known type, whatever the upstream called it.
        return new Response(new Uint8Array(capture.bytes), {
          headers: {
            "content-type": "application/octet-stream",
            "content-disposition": `attachment; filename="${id}-${side}.bin"`,
            "x-content-type-options": "nosniff",
            "content-security-policy": "sandbox; default-src 'none'",
          },
        });
      },
    }),
  ];
}

async function listRequests(reader: StoreReader, query: z.output<typeof listParameters>): Promise<RequestPage> {
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
  return {
    rows: page.rows.map(toRequestRow),
    next: page.next ?? null,
    ...(total === undefined ? {} : { total }),
  };
}

/** Throws ApiError `not_found`. */
function getExchangeId(text: string): ExchangeId {
  const id = parseExchangeId(text);
  if (id === undefined) throw new ApiError("not_found", "An exchange id is a UUID such as 019aa3f0-….");
  return id;
}

function getSide(text: string): CaptureSide {
  if (text === "request" || text === "response" || text === "client-response") return text;
  throw new ApiError("not_found", "A body is /body/request, /body/response or /body/client-response.");
}
