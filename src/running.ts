/** @module Asks the modeltap that runs on a data directory, as its pages do. */

import { toAdminHeaders } from "./admin-pass.ts";
import type { Configuration } from "./config/load.ts";
import { findRunningUrl } from "./config/lock.ts";
import { ConfigError } from "./config/problem.ts";

export type Running = {
  readonly url: string;
  /** The JSON of an answer of ours. Throws ConfigError that says who refused and why. */
  call(method: string, path: string, body?: unknown): Promise<unknown>;
};

/** Undefined when none runs on this configuration's data directory. */
export function findRunning(configuration: Pick<Configuration, "values">): Running | undefined {
  const url = findRunningUrl(configuration.values.data_dir);
  if (url === undefined) return undefined;
  const headers = { "content-type": "application/json", ...toAdminHeaders(configuration) };
  return { url, call: (method, path, body) => call(url + path, { method, headers, body }) };
}

type Asked = { readonly method: string; readonly headers: Record<string, string>; readonly body: unknown };

/** The api gives up on the recorder before this. */
const ANSWER_MS = 60_000;

async function call(url: string, { method, headers, body }: Asked): Promise<unknown> {
  const response = await fetch(url, {
    method,
    headers,
    signal: AbortSignal.timeout(ANSWER_MS),
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    // The address is our own, on the loopback; its certificate may be for another name.
    tls: { rejectUnauthorized: false },
    proxy: "",
  });
  const answer: unknown = await response.json().catch(() => undefined);
  if (response.ok) return answer;
  // The api's own answers, of the same version.
  const { error, problems } = (answer ?? {}) as {
    readonly error?: { readonly message?: string };
    readonly problems?: readonly string[];
  };
  const reasons = problems ?? [error?.message ?? `it answered ${response.status} without a reason`];
  throw new ConfigError(reasons.map((reason) => `the running modeltap at ${new URL(url).origin} refused: ${reason}`));
}
