/** @module Tokens as stacked bars and cost as a line over days or hours, with a line of figures that follows the pointer. */

import { useEffect, useRef } from "preact/hooks";
import { useSignal } from "@preact/signals";
import uPlot from "uplot";
import type { BucketSize, Slot } from "../buckets.ts";
import { formatCompact, formatCount, formatShare, formatUsd } from "../format.ts";
import { theme } from "../theme.ts";

const HEIGHT = 220;
/** uPlot names its sides in types only, which leave nothing to import. */
const RIGHT_SIDE = 1;

export function Chart(props: { readonly slots: readonly Slot[]; readonly size: BucketSize }) {
  const { slots, size } = props;
  const holder = useRef<HTMLDivElement>(null);
  const plot = useRef<uPlot | undefined>(undefined);
  const latest = useRef(slots);
  latest.current = slots;
  const hovered = useSignal<number | undefined>(undefined);
  const isDark = theme.value === "dark";

  // Made anew when the axis or the colours change; new figures on the same axis only set its data.
  const axis = `${size} ${slots.length} ${slots[0]?.key} ${isDark}`;
  useEffect(() => {
    const element = holder.current;
    if (element === null) return;
    const options = toOptions(
      element,
      () => latest.current,
      (index) => {
        hovered.value = index;
      },
    );
    const made = new uPlot(options, toSeries(latest.current), element);
    plot.current = made;
    const observer = new ResizeObserver(() => made.setSize({ width: element.clientWidth, height: HEIGHT }));
    observer.observe(element);
    return () => {
      observer.disconnect();
      made.destroy();
      plot.current = undefined;
    };
  }, [axis]);
  useEffect(() => plot.current?.setData(toSeries(slots)), [slots]);

  return (
    <figure class="chart">
      <Readout slots={slots} index={hovered.value} />
      {/* The table twin says the same to those who cannot see it. */}
      <div ref={holder} aria-hidden="true" />
    </figure>
  );
}

function Readout(props: { readonly slots: readonly Slot[]; readonly index: number | undefined }) {
  const slot = props.index === undefined ? undefined : props.slots[props.index];
  const bucket = slot?.bucket;
  return (
    <figcaption>
      {slot === undefined ? (
        <ul class="legend">
          <li class="key-output">Output</li>
          <li class="key-input">Input</li>
          <li class="key-cached">Cached input</li>
          <li class="key-cost">Cost</li>
        </ul>
      ) : (
        <p class="readout">
          <b>{slot.key}</b>
          {bucket === undefined ? (
            <span>no requests</span>
          ) : (
            <>
              <span>{formatCount(bucket.requests)} req</span>
              <span>in {formatCount(bucket.input_tokens)}</span>
              <span>cached {formatShare(bucket.cache_read_tokens, bucket.input_tokens)}</span>
              <span>out {formatCount(bucket.output_tokens)}</span>
              <span>{formatUsd(bucket.cost_usd)}</span>
            </>
          )}
        </p>
      )}
    </figcaption>
  );
}

/** Bars are drawn over one another, so each holds the sum of itself and all below it: largest first. */
function toSeries(slots: readonly Slot[]): uPlot.AlignedData {
  return [
    slots.map((_, index) => index),
    slots.map(({ bucket }) => (bucket === undefined ? null : bucket.tokens)),
    slots.map(({ bucket }) => (bucket === undefined ? null : bucket.tokens - bucket.cache_read_tokens)),
    slots.map(({ bucket }) => (bucket === undefined ? null : bucket.output_tokens)),
    slots.map(({ bucket }) => (bucket === undefined ? 0 : bucket.cost_usd)),
  ];
}

function toOptions(
  element: HTMLElement,
  slots: () => readonly Slot[],
  onHover: (index: number | undefined) => void,
): uPlot.Options {
  const color = (name: string): string => readColor(element, name);
  const bars = uPlot.paths.bars?.({ size: [0.72, 28, 1], radius: 0.08 });
  const bar = (name: string): uPlot.Series => ({
    scale: "tokens",
    fill: color(name),
    width: 0,
    points: { show: false },
    ...(bars ? { paths: bars } : {}),
  });
  const axis = {
    stroke: color("--ink-2"),
    font: `11px ${getComputedStyle(element).fontFamily}`,
    ticks: { show: false },
  };
  const grid = { stroke: color("--line"), width: 1 };
  return {
    width: element.clientWidth,
    height: HEIGHT,
    padding: [10, 0, 0, 0],
    legend: { show: false },
    cursor: { y: false, drag: { x: false, y: false }, points: { show: false } },
    scales: {
      x: { time: false, range: (_plot, min, max) => [min - 0.6, max + 0.6] },
      tokens: { range: (_plot, _min, max) => [0, max > 0 ? max * 1.05 : 1] },
      cost: { range: (_plot, _min, max) => [0, max > 0 ? max * 1.05 : 1] },
    },
    axes: [
      {
        ...axis,
        grid: { show: false },
        size: 26,
        space: 64,
        incrs: [1, 2, 3, 6, 7, 12, 24, 48, 72, 168, 336, 720],
        values: (_plot, splits) => splits.map((index) => toTick(slots()[index]?.key)),
      },
      {
        ...axis,
        scale: "tokens",
        grid,
        size: 52,
        values: (_plot, splits) => splits.map((value) => formatCompact(value)),
      },
      {
        ...axis,
        scale: "cost",
        // oxlint-disable-next-line typescript/no-unsafe-enum-assignment -- see RIGHT_SIDE
        side: RIGHT_SIDE,
        grid: { show: false },
        size: 56,
        values: (_plot, splits) => splits.map((value) => formatUsd(value).replace(/\.00$/, "")),
      },
    ],
    series: [
      {},
      bar("--bar-cached"),
      bar("--bar-input"),
      bar("--bar-output"),
      {
        scale: "cost",
        stroke: color("--ink"),
        width: slots().length > 200 ? 0.8 : 1.5,
        points: { show: slots().length <= 31, size: 4, fill: color("--ink") },
      },
    ],
    hooks: {
      setCursor: [(plot) => onHover(plot.cursor.idx ?? undefined)],
    },
  };
}

function toTick(key: string | undefined): string {
  return key?.slice(5) ?? "";
}

/** A canvas takes no custom properties, and those may hold functions: ask what they come out as. */
function readColor(element: HTMLElement, name: string): string {
  const probe = document.createElement("i");
  probe.style.color = `var(${name})`;
  element.append(probe);
  const color = getComputedStyle(probe).color;
  probe.remove();
  return color;
}
