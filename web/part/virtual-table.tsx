/** @module A list of any length in a window of rows: only what is seen is drawn, and a million rows still scroll. */

import { useSignal } from "@preact/signals";
import type { ComponentChildren, RefObject } from "preact";
import { useEffect, useLayoutEffect, useRef } from "preact/hooks";
import { findFirstSeen, findWindow, toScrollTop } from "../row-window.ts";

export type VirtualTableProps<Row> = {
  readonly label: string;
  readonly total: number;
  readonly rowHeight: number;
  /** Undefined while the row is on its way. */
  readonly row: (index: number) => Row | undefined;
  readonly onNeed: (from: number, to: number) => void;
  readonly head: ComponentChildren;
  readonly cells: (row: Row) => ComponentChildren;
  readonly keyOf: (row: Row) => string;
  /** Index of the marked row; -1 for none. */
  readonly cursor: number;
  readonly onCursor: (index: number) => void;
  readonly onOpen: (row: Row) => void;
  readonly onScrolled: (scrollTop: number, firstSeen: number) => void;
  readonly scroller: RefObject<HTMLDivElement | null>;
  /** Only so that a change of rows draws again. */
  readonly version: number;
};

export function VirtualTable<Row>(props: VirtualTableProps<Row>) {
  const { total, rowHeight, scroller, cursor } = props;
  const scrollTop = useSignal(0);
  const viewHeight = useSignal(600);
  const head = useRef<HTMLDivElement>(null);
  const seen = findWindow({ total, rowHeight, viewHeight: viewHeight.value, scrollTop: scrollTop.value });

  useLayoutEffect(() => {
    const element = scroller.current;
    if (element === null) return;
    const measure = (): void => {
      viewHeight.value = element.clientHeight - (head.current?.offsetHeight ?? 0);
    };
    measure();
    const observer = new ResizeObserver(measure);
    observer.observe(element);
    return () => observer.disconnect();
  }, []);

  useEffect(() => {
    if (total > 0) props.onNeed(seen.from, seen.to);
  }, [seen.from, seen.to, total, props.version]);

  // The marked row is brought into view when it is moved off it by keys.
  useEffect(() => {
    const element = scroller.current;
    if (element === null || cursor < 0) return;
    const wanted = toScrollTop(
      { total, rowHeight, viewHeight: viewHeight.value, scrollTop: element.scrollTop },
      cursor,
    );
    if (wanted !== undefined) element.scrollTop = wanted;
  }, [cursor]);

  const rows = [];
  for (let index = seen.from; index < seen.to; index++) {
    const row = props.row(index);
    const style = {
      transform: `translateY(${seen.top + (index - seen.from) * rowHeight}px)`,
      height: `${rowHeight}px`,
    };
    rows.push(
      row === undefined ? (
        <div
          key={`at-${index}`}
          class="vrow vrow-empty"
          role="row"
          aria-rowindex={index + 2}
          aria-busy="true"
          style={style}
        >
          <span role="gridcell" />
        </div>
      ) : (
        <div
          key={props.keyOf(row)}
          id={`row-${index}`}
          class="vrow"
          role="row"
          aria-rowindex={index + 2}
          aria-selected={index === cursor}
          style={style}
          onClick={() => {
            props.onCursor(index);
            props.onOpen(row);
          }}
        >
          {props.cells(row)}
        </div>
      ),
    );
  }

  return (
    <div
      ref={scroller}
      class="vtable"
      role="grid"
      aria-label={props.label}
      aria-rowcount={total + 1}
      aria-activedescendant={cursor >= 0 ? `row-${cursor}` : undefined}
      tabIndex={0}
      onScroll={(event) => {
        const top = event.currentTarget.scrollTop;
        scrollTop.value = top;
        props.onScrolled(top, findFirstSeen({ total, rowHeight, viewHeight: viewHeight.value, scrollTop: top }));
      }}
    >
      <div ref={head} class="vhead" role="row" aria-rowindex={1}>
        {props.head}
      </div>
      <div class="vbody" role="presentation" style={{ height: `${seen.height}px` }}>
        {rows}
      </div>
    </div>
  );
}
