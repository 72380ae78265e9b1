/** @module The explorer: every exchange, filtered, live, and moved through by keys. */

import { useSignal } from "@preact/signals";
import { useEffect, useMemo, useRef } from "preact/hooks";
import { FilterBar } from "../part/filter-bar.tsx";
import { ErrorNote, EmptyNote, Skeleton } from "../part/state.tsx";
import { RequestCells, RequestHead } from "../part/request-cells.tsx";
import { VirtualTable } from "../part/virtual-table.tsx";
import { hasFilter, readFilter, toFilterQuery } from "../filter.ts";
import { formatCount } from "../format.ts";
import { useKeys } from "../keys.ts";
import { useLive } from "../live.ts";
import { findKeptList, keepList } from "../neighbours.ts";
import { Pager } from "../pager.ts";
import { navigate, query } from "../router.ts";
import { useTick } from "../tick.ts";

const ROW_HEIGHT = 34;

export function Requests() {
  const filter = readFilter(query.value);
  const filterKey = toFilterQuery(filter).toString();
  const pager = useMemo(() => findKeptList(filterKey)?.pager ?? new Pager(filter), [filterKey]);
  const cursor = useSignal(-1);
  const isAtTop = useSignal(true);
  const follows = useSignal(true);
  const scroller = useRef<HTMLDivElement>(null);
  const scrollTop = useRef(0);
  const firstSeen = useRef(0);
  const filterField = useRef<HTMLInputElement>(null);
  const { tick, bump } = useTick(1000);

  const refresh = async (): Promise<void> => {
    const marked = cursor.value < 0 ? undefined : pager.row(cursor.value)?.exchange_id;
    await pager.restart();
    cursor.value = marked === undefined ? -1 : (pager.indexOf(marked) ?? -1);
  };
  const toTop = (): void => {
    if (scroller.current) scroller.current.scrollTop = 0;
    void refresh();
  };

  useEffect(() => {
    document.title = "Requests · modeltap";
    const element = scroller.current;
    const left = findKeptList(filterKey);
    const isBack = left?.pager === pager && left.scrollTop > 0;
    pager.reopen();
    cursor.value = left?.pager === pager ? left.cursor : -1;
    if (!isBack) void pager.restart();
    if (element) element.scrollTop = isBack ? left.scrollTop : 0;
    return () => {
      keepList({ key: filterKey, pager, scrollTop: scrollTop.current, cursor: cursor.value });
      pager.close();
    };
  }, [pager]);
  useLive(
    (event) => {
      if (event.type === "rows") pager.receive(event.rows);
      if (event.type === "reset" || pager.fresh.value > 0) bump();
    },
    [pager, bump],
  );
  useEffect(() => {
    if (tick > 0 && follows.value && isAtTop.value) void refresh();
  }, [tick]);

  const total = pager.total.value;
  const move = (by: number): void => {
    if (total === undefined || total === 0) return;
    // Without a marked row, the keys start where one looks.
    const from = cursor.value < 0 ? firstSeen.current - (by > 0 ? 1 : 0) : cursor.value;
    cursor.value = Math.max(0, Math.min(total - 1, from + by));
  };
  const open = (index: number): void => {
    const row = pager.row(index);
    if (row === undefined) return;
    cursor.value = index;
    navigate(`/admin/requests/${row.exchange_id}`);
  };
  useKeys({
    down: () => move(1),
    up: () => move(-1),
    open: () => open(cursor.value),
    top: toTop,
    filter: () => filterField.current?.focus(),
    follow: () => {
      follows.value = !follows.value;
      if (follows.value) toTop();
    },
  });

  const fresh = pager.fresh.value;
  return (
    <div class="page explorer">
      <h1 class="visually-hidden">Requests</h1>
      <FilterBar filter={filter} field={filterField}>
        <span class="count" role="status">
          {total === undefined ? "…" : formatCount(total)} {total === 1 ? "request" : "requests"}
        </span>
        {fresh > 0 && !(follows.value && isAtTop.value) && (
          <button type="button" class="pill" onClick={toTop}>
            {formatCount(fresh)} new
          </button>
        )}
        <button
          type="button"
          class="toggle"
          aria-pressed={follows.value}
          title="Follow new rows while at the top (f)"
          onClick={() => {
            follows.value = !follows.value;
            if (follows.value) toTop();
          }}
        >
          <i aria-hidden="true" /> Live
        </button>
      </FilterBar>
      {pager.error.value !== undefined && <ErrorNote message={pager.error.value} onRetry={() => void refresh()} />}
      {total === undefined && pager.error.value === undefined && <Skeleton lines={12} />}
      {total === 0 && (
        <EmptyNote>
          {hasFilter(filter) ? (
            <>
              <h2>No request matches</h2>
              <p>
                Change the filter, or <a href="/admin/requests">clear it</a>.
              </p>
            </>
          ) : (
            <>
              <h2>Nothing recorded yet</h2>
              <p>
                <a href="/dashboard?connect=1">Point a client here</a>; its requests appear by themselves.
              </p>
            </>
          )}
        </EmptyNote>
      )}
      {total !== undefined && total > 0 && (
        <VirtualTable
          label="Requests, newest first"
          total={total}
          rowHeight={ROW_HEIGHT}
          version={pager.version.value}
          row={(index) => pager.row(index)}
          onNeed={(from, to) => pager.need(from, to)}
          head={<RequestHead />}
          cells={(row) => <RequestCells row={row} />}
          keyOf={(row) => row.exchange_id}
          cursor={cursor.value}
          onCursor={(index) => {
            cursor.value = index;
          }}
          onOpen={(row) => open(pager.indexOf(row.exchange_id) ?? -1)}
          onScrolled={(top, first) => {
            scrollTop.current = top;
            firstSeen.current = first;
            isAtTop.value = top < ROW_HEIGHT;
          }}
          scroller={scroller}
        />
      )}
    </div>
  );
}
