/** @module The log of requests on the dashboard: live, and keeping what was loaded. */

import { useSignal } from "@preact/signals";
import { useEffect, useRef } from "preact/hooks";
import type { RequestPage } from "../../src/api/contract.ts";
import { formatCount, formatDuration } from "../format.ts";
import { useLive } from "../live.ts";
import { addLive, addOlder, admitWaiting, MAX_WAITING, NO_ROWS } from "../log-rows.ts";
import { fetchJson } from "../resource.ts";
import { Ago, CostOf, OddityOf, StatusOf } from "./figures.tsx";
import { ErrorNote, Skeleton } from "./state.tsx";

const PAGE = 50;
/** The same rows as `/stats/requests`, by a cursor that new rows do not shift. */
const LISTED = `/admin/api/requests?kind=generation&state=completed,failed,aborted,interrupted&limit=${PAGE}`;

export function RequestLog() {
  const log = useSignal(NO_ROWS);
  const next = useSignal<string | null | undefined>(undefined);
  const error = useSignal<string | undefined>(undefined);
  const busy = useSignal(false);
  const isHovered = useRef(false);
  const hasMore = useRef(false);
  /** Rows fell off the end to keep a page short that no one scrolls, so the cursor no longer fits. */
  const isTrimmed = useRef(false);

  const load = async (from: "" | `&${string}`): Promise<void> => {
    if (busy.value) return;
    busy.value = true;
    error.value = undefined;
    try {
      const page = await fetchJson<RequestPage>(LISTED + from);
      log.value = addOlder(from === "" ? NO_ROWS : log.value, page.rows);
      next.value = page.next;
      hasMore.current = from !== "";
      isTrimmed.current = false;
    } catch (fault) {
      error.value = fault instanceof Error ? fault.message : "Something failed.";
    }
    busy.value = false;
  };

  const loadMore = (): void => {
    const last = log.value.shown.at(-1);
    if (isTrimmed.current && last) void load(`&to=${Math.floor(last.timestamp * 1000) + 1}`);
    else if (next.value) void load(`&cursor=${encodeURIComponent(next.value)}`);
    else void load("");
  };

  useEffect(() => void load(""), []);
  useLive((event) => {
    if (event.type === "reset") {
      void load("");
      return;
    }
    // Rows must not move under a reader who went into older pages or has the pointer on one.
    const hold = isHovered.current || hasMore.current;
    const joined = addLive(log.value, event.rows, hold);
    const isLong = !hold && joined.shown.length > PAGE;
    if (isLong) isTrimmed.current = true;
    log.value = isLong ? { ...joined, shown: joined.shown.slice(0, PAGE) } : joined;
  }, []);

  const { shown, waiting } = log.value;
  return (
    <section class="panel" aria-labelledby="log-title">
      <header class="panel-head">
        <h2 id="log-title">Requests</h2>
        <div class="panel-tools">
          {waiting.length > 0 && (
            <button
              type="button"
              class="pill"
              onClick={() => {
                if (waiting.length >= MAX_WAITING) void load("");
                else log.value = admitWaiting(log.value);
              }}
            >
              {waiting.length >= MAX_WAITING ? `${MAX_WAITING}+` : formatCount(waiting.length)} new
            </button>
          )}
          <a class="quiet" href="/admin/requests">
            Explore all
          </a>
        </div>
      </header>
      {error.value !== undefined && <ErrorNote message={error.value} onRetry={loadMore} />}
      {next.value === undefined && error.value === undefined ? (
        <Skeleton lines={10} />
      ) : (
        <div
          class="scroll-x"
          tabIndex={0}
          role="region"
          aria-labelledby="log-title"
          data-scrolls
          onPointerEnter={() => {
            isHovered.current = true;
          }}
          onPointerLeave={() => {
            isHovered.current = false;
            if (!hasMore.current && waiting.length < MAX_WAITING) log.value = admitWaiting(log.value);
          }}
        >
          <table data-table="log">
            <thead>
              <tr>
                <th>Time</th>
                <th>Model</th>
                <th class="wide">Path</th>
                <th>Status</th>
                <th class="num wide">Input</th>
                <th class="num wide">Output</th>
                <th class="num">Cost</th>
                <th class="num wide">Duration</th>
              </tr>
            </thead>
            <tbody>
              {shown.map((row) => (
                <tr key={row.exchange_id} data-id={row.exchange_id}>
                  <td class="when">
                    <a href={`/admin/requests/${row.exchange_id}`}>
                      <Ago seconds={row.timestamp} />
                    </a>
                  </td>
                  <td class="two-part">
                    <span class="model">{row.model ?? "—"}</span>
                    <small>{row.tool === null ? row.provider : `${row.provider} · ${row.tool}`}</small>
                  </td>
                  <td class="wide path" title={row.endpoint}>
                    {row.endpoint}
                  </td>
                  <td>
                    <StatusOf row={row} />
                    <OddityOf row={row} />
                  </td>
                  <td class="num wide">{formatCount(row.input_tokens)}</td>
                  <td class="num wide">{formatCount(row.output_tokens)}</td>
                  <td class="num">
                    <CostOf row={row} />
                  </td>
                  <td class="num wide">{formatDuration(row.duration_ms)}</td>
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      )}
      <footer class="panel-foot">
        <span class="sub">{formatCount(shown.length)} shown</span>
        {next.value || isTrimmed.current ? (
          <button type="button" onClick={loadMore} disabled={busy.value}>
            {busy.value ? "Loading…" : "Load more"}
          </button>
        ) : (
          next.value === null && <span class="sub">that is all</span>
        )}
      </footer>
    </section>
  );
}
