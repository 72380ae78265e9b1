/** @module Tests that read as a transcript: client sends, upstream receives, upstream sends, client receives, row says. */

import { expect } from "bun:test";

import { createGate, eventually, within, type Gate } from "./gate.ts";
import type { Modeltap, StatsRow } from "./modeltap.ts";
import {
  openRaw,
  type ConnectionEnd,
  type RawClient,
  type RawRequestOptions,
  type RawResponse,
} from "./raw-request.ts";
import type { ReceivedRequest } from "./received-request.ts";
import { end, type Step } from "./step.ts";
import { createUpstream, type Upstream } from "./upstream.ts";

type Proxy = { readonly url: string } & Partial<Pick<Modeltap, "rows" | "logs">>;

/** What the upstream is expected to have got; a field set to undefined must be absent. */
export type ExpectedRequest = {
  readonly method?: string;
  readonly target?: string;
  readonly headers?: Readonly<Record<string, string | undefined>>;
  readonly body?: string | Uint8Array;
  readonly json?: unknown;
};

export type ExpectedResponse = {
  readonly status?: number;
  readonly headers?: Readonly<Record<string, string | undefined>>;
  readonly body?: string;
  readonly json?: unknown;
};

/** One client, one upstream, one request at a time; `proxyFor` starts or names what stands between them. */
export async function createPlaybook(proxyFor: (upstream: Upstream) => Promise<Proxy>): Promise<Playbook> {
  const upstream = await createUpstream();
  const playbook = new Playbook(upstream);
  try {
    await playbook.connect(await proxyFor(upstream));
  } catch (cause) {
    await upstream.close();
    throw cause;
  }
  return playbook;
}

export class Playbook {
  readonly upstream: Upstream;
  #proxy: Proxy = { url: "" };
  #client: RawClient | undefined;
  #method = "GET";
  #request: ReceivedRequest | undefined;
  /** Steps not yet run, and the gate that tells the script of new ones. */
  #queue: Step[] = [];
  #news: Gate = createGate();

  constructor(upstream: Upstream) {
    this.upstream = upstream;
    upstream.on(
      () => true,
      () => this.#script(),
      { at: "head" },
    );
  }

  async connect(proxy: Proxy): Promise<void> {
    this.#proxy = proxy;
  }

  get client(): RawClient {
    if (this.#client === undefined) throw new Error("the client has sent nothing yet");
    return this.#client;
  }

  get request(): ReceivedRequest {
    if (this.#request === undefined) throw new Error("the upstream has received nothing yet");
    return this.#request;
  }

  /** Opens a new connection, or goes on with the open one when `reuse` is set. */
  async clientSends(
    request: RawRequestOptions & { readonly json?: unknown },
    how?: { readonly reuse: boolean },
  ): Promise<void> {
    if (how?.reuse !== true) await this.#client?.[Symbol.asyncDispose]();
    if (how?.reuse !== true || this.#client === undefined) this.#client = await openRaw(this.#proxy.url);
    this.#queue = [];
    this.#request = undefined;
    const { json, ...rest } = request;
    const whole: RawRequestOptions =
      json === undefined
        ? rest
        : {
            ...rest,
            headers: [["Content-Type", "application/json"], ...(rest.headers ?? [])],
            body: JSON.stringify(json),
          };
    this.#method = whole.method ?? (whole.body === undefined ? "GET" : "POST");
    await this.#client.send(this.#client.requestText(whole));
  }

  /** Waits for the whole request at the upstream and compares what is named. */
  async upstreamReceives(expected: ExpectedRequest = {}): Promise<ReceivedRequest> {
    const request = await this.upstream.nextWhole();
    this.#request = request;
    if (expected.method !== undefined) expect(request.method).toBe(expected.method);
    if (expected.target !== undefined) expect(request.target).toBe(expected.target);
    for (const [name, value] of Object.entries(expected.headers ?? {})) expect(request.header(name)).toBe(value);
    if (typeof expected.body === "string") expect(request.text).toBe(expected.body);
    else if (expected.body !== undefined) expect(Buffer.from(request.body).equals(expected.body)).toBe(true);
    if (expected.json !== undefined) expect(request.json).toEqual(expected.json);
    return request;
  }

  /** Proves that nothing was forwarded: ask after the client has its answer. */
  upstreamReceivesNothing(): void {
    expect(this.upstream.requests.filter((request) => request !== this.#request)).toEqual([]);
  }

  /** Runs steps now; the answer stays open until `upstreamEnds`, a cut or a reset. */
  async upstreamSends(...steps: readonly (Step | readonly Step[])[]): Promise<void> {
    this.#queue.push(...steps.flat());
    this.#news.open();
    await eventually(() => (this.#queue.length === 0 ? true : undefined), "the upstream to run its steps");
  }

  /** Closes the framing properly. */
  upstreamEnds(): Promise<void> {
    return this.upstreamSends(end());
  }

  upstreamDisconnects(how: "cut" | "reset" = "reset"): Promise<void> {
    return this.upstreamSends({ type: how });
  }

  async upstreamSeesDisconnect(): Promise<void> {
    await within(this.request.disconnected, "the upstream to see its client go");
  }

  /** A text or a count of bytes waits for exactly that; an object waits for the whole answer and compares what is named. */
  async clientReceives(expected: string | number | ExpectedResponse): Promise<RawResponse | undefined> {
    if (typeof expected !== "object") {
      await this.client.waitFor(expected);
      return undefined;
    }
    const response = await this.client.response(10_000, this.#method);
    expect(response.complete).toBe(true);
    if (expected.status !== undefined) expect(response.status).toBe(expected.status);
    for (const [name, value] of Object.entries(expected.headers ?? {})) expect(response.header(name)).toBe(value);
    if (expected.body !== undefined) expect(response.text).toBe(expected.body);
    if (expected.json !== undefined) expect(JSON.parse(response.text)).toEqual(expected.json);
    return response;
  }

  /** The connection ended, and the answer on it did not: no last chunk, or fewer bytes than promised. */
  async clientSeesBreak(): Promise<void> {
    expect(await this.client.waitForEnd()).not.toBe("open");
    expect((await this.client.response()).complete).toBe(false);
  }

  async clientSeesEnd(expected: ConnectionEnd): Promise<void> {
    expect(await this.client.waitForEnd(expected === "open" ? 200 : 10_000)).toBe(expected);
  }

  /** RST by default, as a killed program leaves it; `cut` closes politely. */
  async clientGoes(how: "cut" | "reset" = "reset"): Promise<void> {
    if (how === "reset") this.client.abort();
    else await this.client[Symbol.asyncDispose]();
  }

  /** Waits until the newest row has all these values. */
  async rowSays(expected: Partial<StatsRow>): Promise<StatsRow> {
    let last: StatsRow | undefined;
    const fits = async () => {
      last = (await this.#proxy.rows?.(1))?.[0];
      const row = last;
      return row !== undefined && Object.entries(expected).every(([name, value]) => isSame(row, name, value))
        ? row
        : undefined;
    };
    return eventually(fits, "the row").catch(() => {
      expect(last).toMatchObject(expected);
      throw new Error("unreachable: the row fits after all");
    });
  }

  async close(): Promise<void> {
    await this.#client?.[Symbol.asyncDispose]();
    await this.upstream.close();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  async *#script(): AsyncGenerator<Step> {
    for (;;) {
      const step = this.#queue[0];
      if (step === undefined) {
        this.#news = createGate();
        // A queue that was filled between the look and the new gate is seen on the next turn.
        if (this.#queue.length === 0) yield { type: "wait", until: this.#news.opened };
        continue;
      }
      let ran = false;
      try {
        yield step;
        ran = true;
      } finally {
        // The writer abandons the script when a step ended the answer: what is queued behind it can never run.
        this.#queue.splice(0, ran ? 1 : this.#queue.length);
      }
      if (step.type === "end" || step.type === "cut" || step.type === "reset") return;
    }
  }
}

function isSame(row: StatsRow, name: string, value: unknown): boolean {
  return Bun.deepEquals(Object.getOwnPropertyDescriptor(row, name)?.value, value);
}
