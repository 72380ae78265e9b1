/** @module Figures as text: unknown is a dash and never 0, units are said, long numbers can be read. Pure. */

/** Shown for what is not known. */
export const UNKNOWN = "—";

const whole = new Intl.NumberFormat("en-US", { maximumFractionDigits: 0 });
const compact = new Intl.NumberFormat("en-US", { notation: "compact", maximumFractionDigits: 1 });

type Unsure = number | null | undefined;

/** `1,234`. */
export function formatCount(value: Unsure): string {
  return isKnown(value) ? whole.format(value) : UNKNOWN;
}

/** `1.2K`, for axes and tight places. */
export function formatCompact(value: Unsure): string {
  return isKnown(value) ? compact.format(value) : UNKNOWN;
}

/** `$12.30`, `$0.0042`: two places from a dollar up, four below, six where four would say nothing. */
export function formatUsd(value: Unsure): string {
  if (!isKnown(value)) return UNKNOWN;
  if (value === 0) return "$0";
  const size = Math.abs(value);
  if (size < 0.000001) return value < 0 ? "-<$0.000001" : "<$0.000001";
  const places = size >= 1 ? 2 : size >= 0.0001 ? 4 : 6;
  const text = size.toLocaleString("en-US", {
    minimumFractionDigits: places,
    maximumFractionDigits: places,
  });
  return `${value < 0 ? "-" : ""}$${text}`;
}

/** All digits of a cost, for titles. */
export function formatExactUsd(value: Unsure): string {
  return isKnown(value) ? `$${value.toFixed(9).replace(/0+$/, "").replace(/\.$/, "")}` : "cost not known";
}

/** `0.4 ms`, `812 ms`, `12.4 s`, `2 m 03 s`. */
export function formatDuration(ms: Unsure): string {
  if (!isKnown(ms)) return UNKNOWN;
  if (ms < 10) return `${ms.toFixed(ms < 1 ? 2 : 1)} ms`;
  if (ms < 999.5) return `${Math.round(ms)} ms`;
  if (ms < 59_950) return `${(ms / 1000).toFixed(1)} s`;
  const seconds = Math.round(ms / 1000);
  if (seconds >= 3600)
    return `${Math.floor(seconds / 3600)} h ${String(Math.floor((seconds % 3600) / 60)).padStart(2, "0")} m`;
  return `${Math.floor(seconds / 60)} m ${String(seconds % 60).padStart(2, "0")} s`;
}

/** `812 B`, `4.2 KB`, `1.3 MB`; 1 KB is 1000 bytes. */
export function formatBytes(bytes: Unsure): string {
  if (!isKnown(bytes)) return UNKNOWN;
  if (bytes < 1000) return `${bytes} B`;
  return bytes < 999_500 ? `${trim(bytes / 1000)} KB` : `${trim(bytes / 1_000_000)} MB`;
}

/** `61 %`; a dash when either is unknown or there is nothing to share. */
export function formatShare(part: Unsure, all: Unsure): string {
  if (!isKnown(part) || !isKnown(all) || all === 0) return UNKNOWN;
  const share = (part / all) * 100;
  if (share > 0 && share < 0.1) return "<0.1 %";
  return `${share >= 99.95 || share < 0.05 ? Math.round(share) : share.toFixed(share < 10 ? 1 : 0)} %`;
}

/** `now`, `12 s ago`, `5 min ago`, `3 h ago`, then the date. */
export function formatAgo(thenMs: number, nowMs: number): string {
  const seconds = Math.round((nowMs - thenMs) / 1000);
  if (seconds < 2) return "now";
  if (seconds < 60) return `${seconds} s ago`;
  if (seconds < 3600) return `${Math.floor(seconds / 60)} min ago`;
  if (seconds < 86_400) return `${Math.floor(seconds / 3600)} h ago`;
  return seconds < 7 * 86_400 ? `${Math.floor(seconds / 86_400)} d ago` : formatMoment(thenMs).slice(0, 10);
}

/** `2026-11-21 08:12:03.123` in the reader's zone. */
export function formatMoment(ms: number): string {
  const at = new Date(ms);
  const pad = (value: number, length = 2): string => String(value).padStart(length, "0");
  const day = `${at.getFullYear()}-${pad(at.getMonth() + 1)}-${pad(at.getDate())}`;
  return `${day} ${pad(at.getHours())}:${pad(at.getMinutes())}:${pad(at.getSeconds())}.${pad(at.getMilliseconds(), 3)}`;
}

/** `08:12:03` for today, `11-20 08:12` before. */
export function formatClock(ms: number, nowMs: number): string {
  const text = formatMoment(ms);
  return text.slice(0, 10) === formatMoment(nowMs).slice(0, 10) ? text.slice(11, 19) : text.slice(5, 16);
}

/** `1 request`, `2 requests`. */
export function formatPlural(count: number, one: string, many = `${one}s`): string {
  return `${formatCount(count)} ${count === 1 ? one : many}`;
}

function isKnown(value: Unsure): value is number {
  return value !== null && value !== undefined && Number.isFinite(value);
}

function trim(value: number): string {
  return value < 100 ? value.toFixed(1).replace(/\.0$/, "") : String(Math.round(value));
}
