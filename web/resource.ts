/** @module Answers of the api as state: data, error and loading, the newest question wins. */

import { useEffect, useRef, useState } from "preact/hooks";
import type { ErrorBody } from "../src/api/contract.ts";
import { goToLogin } from "./router.ts";

export type Resource<Value> = {
  /** The newest answer; the one before stays while a new one is on its way. */
  readonly data: Value | undefined;
  readonly error: string | undefined;
  readonly loading: boolean;
  /** Asks again without blanking what is shown. */
  readonly reload: () => void;
};

/** Fetches JSON of our own origin. Throws an error whose message is meant for the reader. */
export async function fetchJson<Value>(url: string, signal?: AbortSignal): Promise<Value> {
  let response: Response;
  try {
    response = await fetch(url, { headers: { accept: "application/json" }, ...(signal ? { signal } : {}) });
  } catch (error) {
    if (signal?.aborted) throw error;
    throw new Error("modeltap does not answer. Is it still running?", { cause: error });
  }
  const body: unknown = await response.json().catch(() => undefined);
  // Our own api: the shapes are the ones of its contract.
  if (response.ok && body !== undefined) return body as Value;
  const { message, code } = (body as Partial<ErrorBody> | undefined)?.error ?? {};
  if (code === "admin_required") goToLogin();
  throw new Error(message ?? `modeltap answered ${response.status}.`);
}

/** Changes something; answers what is wrong, in words for the reader. */
export async function sendJson(
  method: "POST" | "PUT" | "PATCH" | "DELETE",
  url: string,
  body?: unknown,
): Promise<string | undefined> {
  const answer = await changeJson(method, url, body);
  return "problem" in answer ? answer.problem : undefined;
}

/** Asks with or without a body; its answer, or what is wrong in words for the reader. */
export async function changeJson(
  method: string,
  url: string,
  body: unknown,
): Promise<{ readonly value: unknown } | { readonly problem: string }> {
  try {
    const response = await fetch(url, {
      method,
      headers: { "content-type": "application/json", accept: "application/json", "x-csrf": "1" },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    const value: unknown = await response.json().catch(() => undefined);
    if (response.ok) return { value };
    const { message, code } = (value as Partial<ErrorBody> | undefined)?.error ?? {};
    if (code === "admin_required") goToLogin();
    return { problem: message ?? `modeltap answered ${response.status}.` };
  } catch {
    return { problem: "modeltap does not answer. Is it still running?" };
  }
}

/** The answer at `url`, asked anew whenever it changes. `undefined` asks nothing. */
export function useResource<Value>(url: string | undefined): Resource<Value> {
  const [state, setState] = useState<{ data?: Value; error?: string; loading: boolean; url?: string }>({
    loading: url !== undefined,
  });
  const [turn, setTurn] = useState(0);
  const latest = useRef(url);
  latest.current = url;

  useEffect(() => {
    if (url === undefined) return;
    const abort = new AbortController();
    setState((before) => ({ ...before, loading: true }));
    fetchJson<Value>(url, abort.signal).then(
      (data) => {
        if (latest.current === url && !abort.signal.aborted) setState({ data, loading: false, url });
      },
      (error: unknown) => {
        if (abort.signal.aborted) return;
        const message = error instanceof Error ? error.message : "Something failed.";
        setState((before) => ({ ...before, error: message, loading: false, url }));
      },
    );
    return () => abort.abort();
  }, [url, turn]);

  return {
    data: state.data,
    error: state.error,
    loading: state.loading || state.url !== url,
    reload: () => setTurn((count) => count + 1),
  };
}
