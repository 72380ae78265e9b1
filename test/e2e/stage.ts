/** @module The real program with every provider pointed at one scripted upstream, and the rows it writes, in order. */

import { join } from "node:path";

import type { RequestDetail } from "../../src/api/contract.ts";
import type { BodySide } from "../../src/domain/exchange.ts";
import { PROVIDERS } from "../../src/provider/catalogue.ts";
import { eventually } from "../support/gate.ts";
import { startModeltap, type Modeltap, type ModeltapOptions, type StatsRow } from "../support/modeltap.ts";
import { createUpstream, type Upstream, type UpstreamOptions } from "../support/upstream.ts";

type Table = NonNullable<ModeltapOptions["config"]>;

export type StageOptions = {
  /** Top of config.toml; `providers` is made here. */
  readonly config?: Table;
  /** Settings of single providers, over the base URL that all have. */
  readonly providers?: Readonly<Record<string, Table>>;
  readonly upstream?: UpstreamOptions;
  readonly env?: Readonly<Record<string, string>>;
  /** Home of an earlier program, to start again on its data. */
  readonly home?: string;
};

/** Everything stops, newest first, when the stage is disposed of. */
export async function createStage(options: StageOptions = {}): Promise<Stage> {
  const upstream = await createUpstream(options.upstream);
  try {
    return new Stage(upstream, await startOn(upstream.url, options));
  } catch (cause) {
    await upstream.close();
    throw cause;
  }
}

/** The program alone, its providers at `baseUrl`. A provider whose table has `base_url = ""` is left as the catalogue has it. */
export function startOn(baseUrl: string, options: StageOptions = {}): Promise<Modeltap> {
  const ids = new Set([...PROVIDERS.map(({ id }) => id), ...Object.keys(options.providers ?? {})]);
  const tables = [...ids].map((id) => [id, { base_url: baseUrl, ...options.providers?.[id] }] as const);
  const providers = Object.fromEntries(tables.filter(([, table]) => table.base_url !== ""));
  return startModeltap({
    config: { timeouts: { drain: "200ms" }, ...options.config, providers },
    ...(options.env === undefined ? {} : { env: options.env }),
    ...(options.home === undefined ? {} : { home: options.home }),
  });
}

export class Stage {
  readonly upstream: Upstream;
  readonly modeltap: Modeltap;
  #lastId = 0;

  constructor(upstream: Upstream, modeltap: Modeltap) {
    this.upstream = upstream;
    this.modeltap = modeltap;
  }

  get url(): string {
    return this.modeltap.url;
  }

  /** Waits for exactly `count` finished rows that no earlier call gave out; oldest first. */
  async takeRows(count: number, timeoutMs = 10_000): Promise<readonly StatsRow[]> {
    let last: readonly StatsRow[] = [];
    const rows = await eventually(
      async () => {
        last = (await this.modeltap.rows(Math.min(1000, count + 20)).catch(() => [])).filter(
          (row) => row.id > this.#lastId,
        );
        return last.length >= count && last.every((row) => row.state !== "pending") ? last : undefined;
      },
      `${count} finished rows after row ${this.#lastId}`,
      timeoutMs,
    ).catch((cause: unknown) => {
      throw new Error(`rows so far: ${JSON.stringify(last.map(toShort))}\n${this.modeltap.logs()}`, { cause });
    });
    this.#lastId = Math.max(...rows.map((row) => row.id));
    if (rows.length > count) throw new Error(`${count} rows wanted, there are ${JSON.stringify(rows.map(toShort))}`);
    return rows.toSorted((a, b) => a.id - b.id);
  }

  async takeRow(): Promise<StatsRow> {
    const [row] = await this.takeRows(1);
    if (row === undefined) throw new Error("no row");
    return row;
  }

  async detail(row: StatsRow): Promise<RequestDetail> {
    // Trusted to be what the contract says: tests compare the fields they care for.
    return (await this.modeltap.stats(`/admin/api/requests/${row.exchange_id}`)) as RequestDetail;
  }

  /** Bytes of a body as recorded; undefined when none was kept. */
  async recordedBody(row: StatsRow, side: BodySide): Promise<Uint8Array | undefined> {
    const answer = await fetch(`${this.url}/admin/api/requests/${row.exchange_id}/body/${side}?raw=true`);
    return answer.ok ? await answer.bytes() : undefined;
  }

  /** Path to `/health` as a value, to read counters from. */
  health(): Promise<unknown> {
    return this.modeltap.stats("/health");
  }

  /** Where a test may put files that the program is to read. */
  file(name: string): string {
    return join(this.modeltap.home, name);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.modeltap.destroy();
    await this.upstream.close();
  }
}

function toShort(row: StatsRow): unknown {
  return [row.id, row.method, row.endpoint, row.status_code, row.state, row.error_code];
}
