/** @module A proxy whose route `m` leads to given upstreams, and the call that asks for it with a client's credential. */

import type { Upstream as Target } from "../../src/provider/upstream.ts";
import { startProxy, type TestProxy, type TestProxyOptions } from "../support/proxy.ts";
import { toTestRoute, toTestTable, toTestUpstream } from "../support/route-table.ts";
import { createUpstream, type Upstream } from "../support/upstream.ts";

const opened: AsyncDisposable[] = [];

/** For `afterEach`. */
export async function close(): Promise<void> {
  for (const each of opened.splice(0).toReversed()) await each[Symbol.asyncDispose]();
}

/** Closed with all the others. */
export function keepOpen(...each: readonly AsyncDisposable[]): void {
  opened.push(...each);
}

/** The upstreams in this order, of one provider (but one called `other`), so that the client's credential is for all of them. */
export async function start(
  toTargets: (url: string) => readonly { upstream: Target; model?: string }[],
  more: Partial<TestProxyOptions> & { readonly options?: NonNullable<TestProxyOptions["options"]> } = {},
): Promise<{ upstream: Upstream; proxy: TestProxy }> {
  const upstream = await createUpstream();
  const targets = toTargets(upstream.url).map((target) => ({
    ...target,
    upstream: { ...target.upstream, provider: target.upstream.id === "other" ? "other" : "first" },
  }));
  const table = toTestTable(upstream.url, () => ({ routes: [toTestRoute("m", targets)] }));
  const proxy = startProxy({ baseUrl: upstream.url, ...more, options: { ...table, ...more.options } });
  opened.push(upstream, proxy);
  return { upstream, proxy };
}

export const post = (proxy: TestProxy, more: RequestInit = {}): Promise<Response> =>
  fetch(`${proxy.url}/v1/chat/completions`, {
    method: "POST",
    headers: { "content-type": "application/json", authorization: "Bearer client-key-0123" },
    body: '{"model":"m"}',
    ...more,
  });

export const two = (url: string, more: Partial<Target> = {}): { upstream: Target; model?: string }[] => [
  { upstream: toTestUpstream(url, "first", more) },
  { upstream: toTestUpstream(url, "second"), model: "other" },
];
