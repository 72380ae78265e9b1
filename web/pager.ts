/** @module The explorer's rows: pages of a long list fetched where one looks, kept while they are near. */

import { signal } from "@preact/signals";
import type { RequestPage, RequestRow } from "../src/api/contract.ts";
import { matchesFilter, type RequestFilter, toFilterQuery } from "./filter.ts";
import { fetchJson } from "./resource.ts";

export const PAGE_ROWS = 100;
const MAX_PAGES = 60;
const SETTLE_MS = 40;
/** Counting a large store costs more than reading a page; in between, new rows are added up. */
const COUNT_EVERY_MS = 20_000;

/**
 * A list frozen at the moment it was read: rows that start later are counted as `fresh` and come with
 * {@link Pager.restart}, so that no row moves under the reader. Within it, page n is found by the cursor of
 * page n-1 when that was read, else by its offset.
 */
export class Pager {
  readonly total = signal<number | undefined>(undefined);
  readonly error = signal<string | undefined>(undefined);
  /** Goes up whenever rows came or changed. */
  readonly version = signal(0);
  /** Rows that started since the list was read. */
  readonly fresh = signal(0);
  readonly #filter: RequestFilter;
  #pages = new Map<number, RequestRow[]>();
  #cursors = new Map<number, string>();
  #where = new Map<string, readonly [page: number, at: number]>();
  #freshIds = new Set<string>();
  #toMs: number | undefined;
  #countedAt = 0;
  #abort = new AbortController();
  #wanted: readonly [number, number] = [0, 0];
  #timer: ReturnType<typeof setTimeout> | undefined;
  #pendingPages = new Set<number>();

  constructor(filter: RequestFilter) {
    this.#filter = filter;
  }

  row(index: number): RequestRow | undefined {
    return this.#pages.get(Math.floor(index / PAGE_ROWS))?.[index % PAGE_ROWS];
  }

  indexOf(exchangeId: string): number | undefined {
    const at = this.#where.get(exchangeId);
    return at === undefined ? undefined : at[0] * PAGE_ROWS + at[1];
  }

  /** Reads the list anew from its top; what is shown stays until the answer is there. */
  async restart(): Promise<void> {
    this.#abort.abort();
    const abort = new AbortController();
    this.#abort = abort;
    clearTimeout(this.#timer);
    this.#timer = undefined;
    try {
      const isCounting = this.total.value === undefined || Date.now() - this.#countedAt > COUNT_EVERY_MS;
      const page = await this.#fetch(
        { limit: String(PAGE_ROWS), ...(isCounting ? { count: "true" } : {}) },
        abort.signal,
        true,
      );
      if (isCounting) this.#countedAt = Date.now();
      const total = page.total ?? (this.total.value ?? 0) + this.#freshIds.size;
      this.#pages = new Map();
      this.#cursors = new Map();
      this.#where = new Map();
      this.#freshIds = new Set();
      this.#pendingPages = new Set();
      this.fresh.value = 0;
      const newest = page.rows[0];
      this.#toMs = newest === undefined ? undefined : Math.floor(newest.timestamp * 1000) + 1;
      this.#keep(0, page);
      this.total.value = Math.max(total, page.rows.length);
      this.error.value = undefined;
    } catch (fault) {
      if (!abort.signal.aborted) this.error.value = fault instanceof Error ? fault.message : "Something failed.";
    }
    this.version.value += 1;
  }

  /** Says which rows are on the screen; pages that are missing are fetched once scrolling settles. */
  need(from: number, to: number): void {
    this.#wanted = [Math.floor(from / PAGE_ROWS), Math.floor(Math.max(from, to - 1) / PAGE_ROWS)];
    this.#timer ??= setTimeout(() => {
      this.#timer = undefined;
      for (let page = this.#wanted[0]; page <= this.#wanted[1]; page++) void this.#load(page);
    }, SETTLE_MS);
  }

  /** Takes rows of the live feed: known ones change in place, new ones are counted. */
  receive(rows: readonly RequestRow[]): void {
    let changed = false;
    for (const row of rows) {
      const at = this.#where.get(row.exchange_id);
      const page = at === undefined ? undefined : this.#pages.get(at[0]);
      if (at !== undefined && page !== undefined) {
        page[at[1]] = row;
        changed = true;
      } else if (row.timestamp * 1000 >= (this.#toMs ?? 0) && matchesFilter(row, this.#filter)) {
        this.#freshIds.add(row.exchange_id);
      }
    }
    this.fresh.value = this.#freshIds.size;
    if (changed) this.version.value += 1;
  }

  /** Goes on after {@link close} with what it has. */
  reopen(): void {
    this.#abort = new AbortController();
  }

  close(): void {
    this.#abort.abort();
    clearTimeout(this.#timer);
  }

  async #load(page: number): Promise<void> {
    if (page < 0 || this.#pages.has(page) || this.#pendingPages.has(page)) return;
    const { signal } = this.#abort;
    const cursor = this.#cursors.get(page - 1);
    this.#pendingPages.add(page);
    try {
      const place = cursor === undefined ? { offset: String(page * PAGE_ROWS) } : { cursor };
      const answer = await this.#fetch({ limit: String(PAGE_ROWS), ...place }, signal);
      if (signal.aborted) return;
      this.#keep(page, answer);
      this.error.value = undefined;
    } catch (fault) {
      if (!signal.aborted) this.error.value = fault instanceof Error ? fault.message : "Something failed.";
    } finally {
      this.#pendingPages.delete(page);
    }
    this.version.value += 1;
  }

  #keep(page: number, answer: RequestPage): void {
    this.#pages.set(page, [...answer.rows]);
    answer.rows.forEach((row, at) => this.#where.set(row.exchange_id, [page, at]));
    if (answer.next !== null) this.#cursors.set(page, answer.next);
    if (this.#pages.size <= MAX_PAGES) return;
    const middle = (this.#wanted[0] + this.#wanted[1]) / 2;
    const farthest = [...this.#pages.keys()].sort((a, b) => Math.abs(b - middle) - Math.abs(a - middle))[0];
    if (farthest === undefined) return;
    for (const row of this.#pages.get(farthest) ?? []) this.#where.delete(row.exchange_id);
    this.#pages.delete(farthest);
  }

  #fetch(place: Readonly<Record<string, string>>, signal: AbortSignal, isAnew = false): Promise<RequestPage> {
    const query = toFilterQuery(this.#filter);
    for (const [name, value] of Object.entries(place)) query.set(name, value);
    if (this.#toMs !== undefined && !isAnew) query.set("to", String(this.#toMs));
    return fetchJson<RequestPage>(`/admin/api/requests?${query}`, signal);
  }
}
