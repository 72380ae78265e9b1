/** @module Which rows of a long list are in sight, when a browser cannot scroll as far as the list is long. Pure. */

/** Browsers end an element's height somewhere above 16 million pixels; beyond this the scroll is compressed. */
export const MAX_HEIGHT_PX = 8_000_000;

const OVERSCAN = 8;

export type ScrollState = {
  readonly total: number;
  readonly rowHeight: number;
  readonly viewHeight: number;
  readonly scrollTop: number;
};

export type RowWindow = {
  /** Rows to draw, half-open. */
  readonly from: number;
  readonly to: number;
  /** Where the row `from` stands, in pixels of the scrolled element. */
  readonly top: number;
  /** Height of the scrolled element. */
  readonly height: number;
};

/** Rows to draw at a scroll position. Scrolled to the end, the last row is in sight, compressed or not. */
export function findWindow(state: ScrollState): RowWindow {
  const { total, rowHeight, viewHeight } = state;
  const full = total * rowHeight;
  const height = Math.min(full, MAX_HEIGHT_PX);
  const scrollTop = Math.max(0, Math.min(state.scrollTop, height - viewHeight));
  const listTop = scrollTop * ratio(state);
  const first = Math.max(0, Math.floor(listTop / rowHeight) - OVERSCAN);
  const last = Math.min(total, Math.ceil((listTop + viewHeight) / rowHeight) + OVERSCAN);
  return { from: first, to: Math.max(first, last), top: scrollTop + (first * rowHeight - listTop), height };
}

/** The first row that is in sight as a whole. */
export function findFirstSeen(state: ScrollState): number {
  return Math.max(0, Math.min(state.total - 1, Math.ceil((state.scrollTop * ratio(state)) / state.rowHeight)));
}

/** The scroll position that brings a row into sight; undefined when it is. */
export function toScrollTop(state: ScrollState, index: number): number | undefined {
  const { rowHeight, viewHeight, scrollTop } = state;
  const scale = ratio(state);
  const listTop = scrollTop * scale;
  const rowTop = index * rowHeight;
  if (rowTop < listTop) return rowTop / scale;
  if (rowTop + rowHeight > listTop + viewHeight) return (rowTop + rowHeight - viewHeight) / scale;
  return undefined;
}

/** Pixels of the list per pixel of the scroll. */
function ratio({ total, rowHeight, viewHeight }: ScrollState): number {
  const full = total * rowHeight;
  if (full <= MAX_HEIGHT_PX) return 1;
  return (full - viewHeight) / (MAX_HEIGHT_PX - viewHeight);
}
