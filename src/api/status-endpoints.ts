/** @module `/admin/api/status` and the live feed: how recording stands, and rows as they change. */

import type { StoreReader } from "../store/store.ts";
import { type Endpoint, endpoint } from "./endpoint.ts";
import type { LiveFeed } from "./live.ts";
import { liveParameters } from "./parameters.ts";
import { statusAnswer } from "./schema/status.ts";
import type { StatusBoard } from "./status.ts";

type StatusParts = {
  readonly reader: Pick<StoreReader, "lastChangeSeq">;
  readonly live: LiveFeed;
  readonly board: StatusBoard;
};

export function createStatusEndpoints({ reader, live, board }: StatusParts): readonly Endpoint[] {
  return [
    endpoint({
      method: "get",
      path: "/admin/api/status",
      tag: "health",
      summary: "What the proxy process last told of itself, and whether everything is recorded.",
      answer: statusAnswer,
      async handle() {
        return {
          status: board.status === null ? null : { ...board.status },
          age_ms: board.ageMs,
          recording: board.recording,
          last_change_seq: await reader.lastChangeSeq().catch(() => 0),
        };
      },
    }),
    liveEndpoint("/admin/api/live", "requests", live),
    liveEndpoint("/api/live", "integration", live),
  ];
}

function liveEndpoint(path: string, tag: string, live: LiveFeed): Endpoint {
  return endpoint({
    method: "get",
    path,
    tag,
    summary: "Rows as they change, as server-sent events.",
    description:
      "Events: `hello` {seq}, `rows` {seq, rows}, `reset` {seq} (too much was missed: read anew), `status`. " +
      "Give the last `seq` as `after` to go on.",
    query: liveParameters,
    media: "text/event-stream",
    errors: ["too_many_listeners"],
    handle: ({ query }) => live.open(query.after),
  });
}
