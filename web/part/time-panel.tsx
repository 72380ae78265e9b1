/** @module The time series with its range, its bucket, and a table that says the same. */

import { useEffect, useRef } from "preact/hooks";
import type { TimeBucket } from "../../src/api/contract.ts";
import { type BucketSize, fillBuckets, toBucketKey } from "../buckets.ts";
import { formatCount, formatShare, formatUsd } from "../format.ts";
import { useResource } from "../resource.ts";
import { query, setQuery } from "../router.ts";
import { Chart } from "./chart.tsx";
import { Segments } from "./segments.tsx";
import { EmptyNote, ErrorNote, Skeleton } from "./state.tsx";

const RANGES = ["7", "30", "90"].map((days) => ({ value: days, label: `${days} d` }));
const SIZES = [
  { value: "day", label: "Day" },
  { value: "hour", label: "Hour" },
];
const SHAPES = [
  { value: "chart", label: "Chart" },
  { value: "table", label: "Table" },
];

export function TimePanel(props: { readonly tick: number }) {
  const days = RANGES.find((range) => range.value === query.value.get("days"))?.value ?? "30";
  const size: BucketSize = query.value.get("bucket") === "hour" ? "hour" : "day";
  const shape = query.value.get("series") === "table" ? "table" : "chart";
  const series = useResource<readonly TimeBucket[]>(`/stats/timeseries?days=${days}&bucket=${size}`);
  const isFirst = useRef(true);
  useEffect(() => {
    if (isFirst.current) isFirst.current = false;
    else series.reload();
  }, [props.tick]);

  return (
    <section class="panel" aria-labelledby="series-title">
      <header class="panel-head">
        <h2 id="series-title">Tokens and cost</h2>
        <div class="panel-tools">
          <Segments
            label="Range"
            choices={RANGES}
            value={days}
            onChange={(value) => setQuery({ days: value === "30" ? undefined : value })}
          />
          <Segments
            label="Bucket"
            choices={SIZES}
            value={size}
            onChange={(value) => setQuery({ bucket: value === "day" ? undefined : value })}
          />
          <Segments
            label="Shown as"
            choices={SHAPES}
            value={shape}
            onChange={(value) => setQuery({ series: value === "chart" ? undefined : value })}
          />
        </div>
      </header>
      {series.error !== undefined && <ErrorNote message={series.error} onRetry={series.reload} />}
      {series.data === undefined ? (
        series.error === undefined && <Skeleton lines={7} />
      ) : series.data.length === 0 ? (
        <EmptyNote>No requests in the last {days} days.</EmptyNote>
      ) : shape === "table" ? (
        <SeriesTable buckets={series.data} />
      ) : (
        <Chart slots={fillBuckets(series.data, size, Number(days), toBucketKey(Date.now(), size))} size={size} />
      )}
    </section>
  );
}

function SeriesTable(props: { readonly buckets: readonly TimeBucket[] }) {
  return (
    <div class="scroll-x tall" tabIndex={0} role="region" aria-label="Tokens and cost over time" data-scrolls>
      <table>
        <thead>
          <tr>
            <th>Time</th>
            <th class="num">Requests</th>
            <th class="num">Input</th>
            <th class="num">Cached</th>
            <th class="num">Output</th>
            <th class="num">Cost</th>
          </tr>
        </thead>
        <tbody>
          {props.buckets.toReversed().map((bucket) => (
            <tr key={bucket.bucket}>
              <th scope="row">{bucket.bucket}</th>
              <td class="num">{formatCount(bucket.requests)}</td>
              <td class="num">{formatCount(bucket.input_tokens)}</td>
              <td class="num">{formatShare(bucket.cache_read_tokens, bucket.input_tokens)}</td>
              <td class="num">{formatCount(bucket.output_tokens)}</td>
              <td class="num">{formatUsd(bucket.cost_usd)}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}
