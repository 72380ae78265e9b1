/** @module A ChatGPT account's token sent to OpenAI's API: it is good at ChatGPT's own backend only, so it goes there. */

import { toOtherBase, toOrigin, type Upstream } from "./upstream.ts";

const PLATFORM = "https://api.openai.com";
const CHATGPT = "https://chatgpt.com";
const BACKEND = "/backend-api/codex";

export type Destination = { readonly upstream: Upstream; readonly path: string };

/**
 * Where an account token goes; undefined for other hosts, and where the upstream has a credential of its own.
 * With and without `/v1` the path is the same: the backend has none. Source: requests of Codex CLI, 2026-11-21.
 */
export function findChatGptDestination(upstream: Upstream, path: string): Destination | undefined {
  if (upstream.credential !== undefined || upstream.baseUrl === undefined) return undefined;
  if (toOrigin(upstream.baseUrl) !== PLATFORM) return undefined;
  return { upstream: toOtherBase(upstream, CHATGPT), path: `${BACKEND}${path.replace(/^\/v1(?=\/|$)/, "")}` };
}

/** `Bearer` and a JWT: three parts with dots between, and no key of the platform. */
export function isAccountToken(authorization: string | null): boolean {
  return authorization !== null && /^Bearer (?!sk-)[^.]+\.[^.]+\.[^.]+$/.test(authorization);
}
