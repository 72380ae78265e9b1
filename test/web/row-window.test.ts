/** @module Any row of any list can be scrolled to, and only what is seen is drawn. */

import { describe, expect, test } from "bun:test";
import { findFirstSeen, findWindow, MAX_HEIGHT_PX, toScrollTop } from "../../web/row-window.ts";

const view = { rowHeight: 34, viewHeight: 800 };

describe.each([50, 100_000, 235_294, 1_000_000, 5_000_000])("a list of %p rows", (total) => {
  test("is never higher than a browser can scroll", () => {
    expect(findWindow({ ...view, total, scrollTop: 0 }).height).toBeLessThanOrEqual(MAX_HEIGHT_PX);
  });

  test("draws little, wherever one looks", () => {
    for (const share of [0, 0.1, 0.5, 0.999, 1]) {
      const { height } = findWindow({ ...view, total, scrollTop: 0 });
      const { from, to } = findWindow({ ...view, total, scrollTop: height * share });
      expect(to - from).toBeLessThan(50);
      expect(from).toBeGreaterThanOrEqual(0);
      expect(to).toBeLessThanOrEqual(total);
    }
  });

  test("ends with its last row at the lower edge", () => {
    const { height } = findWindow({ ...view, total, scrollTop: 0 });
    const end = findWindow({ ...view, total, scrollTop: height });
    expect(end.to).toBe(total);
    const bottomOfLast = end.top + (total - end.from) * view.rowHeight;
    expect(Math.abs(bottomOfLast - height)).toBeLessThan(1);
  });

  test("brings any row into sight", () => {
    for (const index of [0, 1, Math.floor(total / 3), total - 2, total - 1]) {
      const scrollTop = toScrollTop({ ...view, total, scrollTop: 0 }, index) ?? 0;
      const seen = findWindow({ ...view, total, scrollTop });
      const top = seen.top + (index - seen.from) * view.rowHeight - scrollTop;
      expect(index).toBeGreaterThanOrEqual(seen.from);
      expect(top).toBeGreaterThan(-view.rowHeight - 1);
      expect(top).toBeLessThan(view.viewHeight);
    }
  });
});

test("a row in sight needs no scrolling, and the first seen is whole", () => {
  const state = { ...view, total: 1000, scrollTop: 1000 };
  expect(toScrollTop(state, 35)).toBeUndefined();
  expect(findFirstSeen(state)).toBe(30);
  expect(findFirstSeen({ ...state, total: 0 })).toBe(0);
});
