/** @module Prices the exchanges that had no price when they were recorded, in short slices, behind everything else. */

import type { BackfillRequest, BackfillResult } from "../message/backfill.ts";
import type { PriceBook } from "../price/price-book.ts";
import { toPriceInput } from "../price/price-input.ts";
import { NOT_BILLED } from "../price/pricer.ts";
import { isSameCost } from "../domain/cost-audit.ts";
import type { Cost } from "../domain/money.ts";
import type { Exchange } from "../domain/exchange.ts";
import type { RepricableQuestion, StoredExchange, StoreWriter } from "../store/store.ts";

export type BackfillOptions = {
  readonly writer: Pick<StoreWriter, "listRepricable" | "write">;
  readonly book: PriceBook;
  /** Between two runs while the prices stay the same; other prices are followed by a run at once. */
  readonly everyMs: number;
  /** Age of the oldest exchanges that are priced without being asked to. */
  readonly lookbackMs: number;
  /** Most exchanges in one transaction. */
  readonly chunkSize: number;
  readonly nowMs: () => number;
  readonly monotonicMs: () => number;
  /** Told of each exchange whose new cost is in the store now. */
  readonly onRepriced?: (before: Exchange, after: Exchange) => void;
  /** Longest time one slice may hold the recorder. */
  readonly sliceMs?: number;
};

type Selection = RepricableQuestion["selection"];

type Run = {
  readonly isAsked: boolean;
  readonly request: BackfillRequest;
  readonly sinceMs: number;
  readonly selections: Selection[];
  cursor: string | undefined;
  readonly counts: { scanned: number; updated: number; ok: number; pending: number; unsupported: number };
  readonly done: PromiseWithResolvers<BackfillResult>;
};

const NOTHING: BackfillResult = { scanned: 0, updated: 0, ok: 0, pending: 0, unsupported: 0 };
const FIRST_LIMIT = 16;
/** Between two looks whether a price file changed: three calls of `stat`. */
const LOOK_MS = 5000;

export class Backfill {
  readonly #options: Required<Omit<BackfillOptions, "onRepriced">> & Pick<BackfillOptions, "onRepriced">;
  #run: Run | undefined;
  #limit: number;
  #dueAtMs = 0;
  #lookAtMs = 0;
  /** Version of the prices that the last unasked run began with. */
  #triedVersion: number | undefined;
  #last: (BackfillResult & { readonly atMs: number }) | undefined;

  constructor(options: BackfillOptions) {
    this.#options = { sliceMs: 20, ...options };
    this.#limit = Math.min(FIRST_LIMIT, options.chunkSize);
  }

  /** What the last run came to; undefined before the first one ended. */
  get last(): (BackfillResult & { readonly atMs: number }) | undefined {
    return this.#last;
  }

  /** Reads the price files and prices what is asked for; resolves when all of it is done. One beside it does nothing. */
  async run(request: BackfillRequest): Promise<BackfillResult> {
    if (request.follow === true) return this.#run?.done.promise ?? this.#last ?? NOTHING;
    await this.#options.book.update();
    if (this.#run?.isAsked === true) return { ...NOTHING, skipped: true };
    if (this.#run !== undefined) {
      // Nobody waits for a run that nobody asked for; it begins anew after this one.
      this.#dueAtMs = 0;
      this.#end(this.#run);
    }
    return this.#start(request, true).done.promise;
  }

  /** The counts of the run under way. */
  get progress(): BackfillResult | undefined {
    return this.#run === undefined ? undefined : { ...this.#run.counts, running: true };
  }

  /** One slice, if there is work; true when there is more. Throws what the store throws, and goes on at the same place. */
  async sweep(): Promise<boolean> {
    if (this.#run === undefined) {
      const { book, everyMs, monotonicMs } = this.#options;
      if (monotonicMs() >= this.#lookAtMs) {
        this.#lookAtMs = monotonicMs() + LOOK_MS;
        await book.update();
        // A run may have been asked for meanwhile.
        if (this.#run !== undefined) return true;
      }
      if (this.#triedVersion === book.version && monotonicMs() < this.#dueAtMs) return false;
      this.#dueAtMs = monotonicMs() + everyMs;
      this.#triedVersion = book.version;
      this.#start({}, false);
    }
    return this.#slice();
  }

  /** Ends a run that nobody will go on with; who waits for it gets what was done. */
  close(): void {
    if (this.#run !== undefined) this.#end(this.#run);
  }

  #start(request: BackfillRequest, isAsked: boolean): Run {
    const run: Run = {
      isAsked,
      request,
      sinceMs: request.all === true ? 0 : this.#options.nowMs() - this.#options.lookbackMs,
      selections: request.cached === true ? ["unpriced", "cached"] : ["unpriced"],
      cursor: undefined,
      counts: { scanned: 0, updated: 0, ok: 0, pending: 0, unsupported: 0 },
      done: Promise.withResolvers(),
    };
    this.#run = run;
    return run;
  }

  async #slice(): Promise<boolean> {
    const run = this.#run;
    const [selection] = run?.selections ?? [];
    if (run === undefined || selection === undefined) return false;
    const { writer, monotonicMs, sliceMs, chunkSize } = this.#options;
    const startMs = monotonicMs();
    const left = (run.request.limit ?? Number.POSITIVE_INFINITY) - run.counts.scanned;
    const limit = Math.min(this.#limit, left);
    if (limit <= 0) return this.#end(run);
    const page = await writer.listRepricable({
      selection,
      sinceMs: run.sinceMs,
      limit,
      ...(run.cursor === undefined ? {} : { cursor: run.cursor }),
    });
    await this.#reprice(run, selection, page.rows);
    if (this.#run !== run) return true;
    run.cursor = page.next;
    const tookMs = monotonicMs() - startMs;
    if (tookMs > sliceMs / 2) this.#limit = Math.max(1, this.#limit >> 1);
    else if (tookMs < sliceMs / 4) this.#limit = Math.min(chunkSize, this.#limit * 2);
    if (page.next !== undefined) return true;
    run.selections.shift();
    return run.selections.length > 0 || this.#end(run);
  }

  /** One transaction for the rows of a slice; the counts are added once it is done. */
  async #reprice(run: Run, selection: Selection, rows: readonly StoredExchange[]): Promise<void> {
    const { writer, nowMs, onRepriced } = this.#options;
    const changed: { readonly before: Exchange; readonly after: Exchange }[] = [];
    const counts = { ok: 0, pending: 0, unsupported: 0 };
    for (const exchange of rows) {
      const cost = this.#price(exchange);
      const isKnown = cost?.totalNanoUsd !== undefined;
      // A cost that is known is changed for the reason it was chosen for and no other, and never taken away.
      const isBetter = isKnown && (selection === "unpriced" || cost.price?.includes('"cache_read":') === true);
      if (isBetter && !isSameCost(cost, exchange.cost)) {
        changed.push({ before: exchange, after: { ...exchange, cost } });
      }
      if (isKnown || exchange.cost?.totalNanoUsd !== undefined) counts.ok += 1;
      else if (cost === undefined || !hasModel(exchange)) counts.unsupported += 1;
      else counts.pending += 1;
    }
    if (changed.length > 0) {
      const reason = selection === "unpriced" ? "backfill" : "reprice";
      const exchanges = changed.map(({ after }) => after);
      await writer.write({ exchanges, captures: [], replaceFinal: { reason, atMs: nowMs() } });
      for (const { before, after } of changed) onRepriced?.(before, after);
    }
    run.counts.scanned += rows.length;
    run.counts.updated += changed.length;
    run.counts.ok += counts.ok;
    run.counts.pending += counts.pending;
    run.counts.unsupported += counts.unsupported;
  }

  /** Undefined for a call that is never billed. Whether the upstream was local is known: such a row has its cost. */
  #price(exchange: Exchange): Cost | undefined {
    if (exchange.cost?.notes?.includes(NOT_BILLED) === true) return undefined;
    return this.#options.book.price(toPriceInput(exchange, { local: false, billable: true }));
  }

  #end(run: Run): false {
    this.#run = undefined;
    this.#last = { ...run.counts, atMs: this.#options.nowMs() };
    run.done.resolve({ ...run.counts });
    return false;
  }
}

function hasModel({ responseModel, requestModel }: Exchange): boolean {
  return [responseModel, requestModel].some((model) => model !== undefined && !/^(?:|unknown|undefined)$/i.test(model));
}
