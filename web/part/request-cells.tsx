/** @module The columns of the explorer: their heads and the cells of one row. */

import type { RequestRow } from "../../src/api/contract.ts";
import { formatCount, formatDuration } from "../format.ts";
import { Clock, CostOf, OddityOf, StatusOf } from "./figures.tsx";

const COLUMNS = [
  { name: "time", label: "Time" },
  { name: "provider", label: "Provider" },
  { name: "model", label: "Model" },
  { name: "path", label: "Path" },
  { name: "status", label: "Status" },
  { name: "in", label: "Input", isNumber: true },
  { name: "cached", label: "Cached", isNumber: true },
  { name: "out", label: "Output", isNumber: true },
  { name: "cost", label: "Cost", isNumber: true },
  { name: "duration", label: "Duration", isNumber: true },
  { name: "ttft", label: "TTFT", isNumber: true, title: "Time to the first token" },
] as const;

export function RequestHead() {
  return (
    <>
      {COLUMNS.map((column) => (
        <span
          key={column.name}
          role="columnheader"
          class={`c-${column.name}${"isNumber" in column ? " num" : ""}`}
          title={"title" in column ? column.title : undefined}
        >
          {column.label}
        </span>
      ))}
    </>
  );
}

export function RequestCells({ row }: { readonly row: RequestRow }) {
  return (
    <>
      <span role="gridcell" class="c-time">
        <Clock seconds={row.timestamp} />
      </span>
      <span role="gridcell" class="c-provider" title={row.client ?? row.tool ?? undefined}>
        {row.provider} {row.tool !== null && <small>{row.tool}</small>}
      </span>
      <span role="gridcell" class="c-model" title={row.model ?? undefined}>
        {row.model ?? <i class="unknown">—</i>}
      </span>
      <span role="gridcell" class="c-path" title={`${row.method} ${row.endpoint}`}>
        {row.endpoint}
      </span>
      <span role="gridcell" class="c-status">
        <StatusOf row={row} />
        <OddityOf row={row} />
        {row.fix === "applied" && (
          <small class="fixed-mark" title="A compatibility fix changed the answer">
            fixed
          </small>
        )}
      </span>
      <span role="gridcell" class="c-in num">
        {formatCount(row.input_tokens)}
      </span>
      <span role="gridcell" class="c-cached num sub">
        {formatCount(row.cache_read_tokens)}
      </span>
      <span role="gridcell" class="c-out num">
        {formatCount(row.output_tokens)}
      </span>
      <span role="gridcell" class="c-cost num">
        <CostOf row={row} />
      </span>
      <span role="gridcell" class="c-duration num">
        {formatDuration(row.duration_ms)}
      </span>
      <span role="gridcell" class="c-ttft num sub">
        {formatDuration(row.ttft_ms)}
      </span>
    </>
  );
}
