/** @module `/admin/api-keys`: managed keys are made, listed, changed and revoked; a secret is answered once, at its making. */

import { z } from "zod";
import { type KeyValue, type ManagedKey, parseKey } from "../domain/key.ts";
import { toUsd } from "../domain/money.ts";
import type { StoredObject } from "../domain/stored-object.ts";
import type { Asker } from "../message/asker.ts";
import type { KeyUse, StoreReader } from "../store/store.ts";
import { type Endpoint, endpoint } from "./endpoint.ts";
import { ApiError } from "./error.ts";
import { createKey, type KeyRules } from "./new-key.ts";
import type { RoutingBoard, RoutingRules } from "./routing-board.ts";
import { createdKey, keyChange, keyList, keyParams, keyRow, keyUse, newKey } from "./schema/key.ts";
import { write } from "./writes.ts";

export type KeyParts = {
  readonly reader: Pick<StoreReader, "listObjects" | "findObject" | "listKeyUse">;
  readonly ask: Asker["ask"];
  readonly routing: Pick<RoutingBoard, "facts">;
  readonly rules: Pick<RoutingRules, "findWrongProvider">;
  /** Epoch milliseconds. */
  readonly now: () => number;
};

export function createKeyEndpoints({ reader, ask, routing, rules, now }: KeyParts): readonly Endpoint[] {
  const tag = "keys";

  async function get(id: string): Promise<ManagedKey & { readonly object: StoredObject }> {
    const object = await reader.findObject("key", id);
    const key = object === undefined ? undefined : parseKey(object);
    if (object === undefined || key === undefined) throw new ApiError("not_found", "There is no such key.");
    return { ...key, object };
  }

  function checkProviders(names: readonly string[] | null | undefined): void {
    const wrong = names?.length ? rules.findWrongProvider(names, routing.facts) : undefined;
    if (wrong !== undefined) throw new ApiError("bad_body", `allowed_providers: ${wrong}.`);
  }

  async function change({ object }: Awaited<ReturnType<typeof get>>, value: KeyValue): Promise<void> {
    await write(ask, { name: "put-object", kind: "key", id: object.id, value, expectVersion: object.version });
  }

  return [
    endpoint({
      method: "get",
      path: "/admin/api-keys",
      tag,
      summary: "Every managed key and what was done with it.",
      answer: keyList,
      async handle() {
        const [objects, uses] = await Promise.all([reader.listObjects("key"), reader.listKeyUse()]);
        const byKey = new Map(uses.map((use) => [use.keyId, use]));
        const keys = objects.flatMap((object) => parseKey(object) ?? []);
        keys.sort((a, b) => b.createdAtMs - a.createdAtMs);
        return { apiKeys: keys.map((key) => toKeyRow(key, byKey.get(key.id))) };
      },
    }),
    endpoint({
      method: "post",
      path: "/admin/api-keys",
      tag,
      summary: "Makes a key. Its text is in this answer and nowhere else.",
      body: newKey,
      answer: createdKey,
      status: 201,
      errors: ["conflict", "recorder_unavailable"],
      async handle({ body }) {
        checkProviders(body.allowed_providers);
        const { id, secret, value } = createKey(body.name, toRules(body, now()));
        await write(ask, { name: "put-object", kind: "key", id, value, expectVersion: 0 });
        return { ...toKeyRow({ ...value, id, createdAtMs: now() }, undefined), key: secret };
      },
    }),
    endpoint({
      method: "get",
      path: "/admin/api-keys/{id}",
      tag,
      summary: "One managed key.",
      params: keyParams,
      answer: keyRow,
      errors: ["not_found"],
      async handle({ params }) {
        const { object: _, ...key } = await get(params.id);
        return toKeyRow(key, (await reader.listKeyUse(key.id))[0]);
      },
    }),
    endpoint({
      method: "patch",
      path: "/admin/api-keys/{id}",
      tag,
      summary: "Changes name, lists, limits and expiry; null lifts a restriction. A revoked key stays as it is.",
      params: keyParams,
      body: keyChange,
      answer: z.object({ ok: z.literal(true) }),
      errors: ["not_found", "conflict", "recorder_unavailable"],
      async handle({ params, body }) {
        const found = await get(params.id);
        if (found.revokedAtMs !== undefined) throw new ApiError("conflict", "This key is revoked; make a new one.");
        checkProviders(body.allowed_providers);
        const { hash, prefix, last4 } = found;
        const name = body.name ?? found.name;
        await change(found, { name, hash, prefix, last4, ...toRules(body, now(), found) });
        return { ok: true };
      },
    }),
    endpoint({
      method: "delete",
      path: "/admin/api-keys/{id}",
      tag,
      summary: "Revokes a key, at once and for ever. Its row and its usage stay.",
      params: keyParams,
      answer: z.object({ revokedAt: z.string() }),
      errors: ["not_found", "conflict", "recorder_unavailable"],
      async handle({ params }) {
        const found = await get(params.id);
        const revokedAtMs = found.revokedAtMs ?? now();
        const { object: _object, id: _id, createdAtMs: _createdAtMs, ...value } = found;
        if (found.revokedAtMs === undefined) await change(found, { ...value, revokedAtMs });
        return { revokedAt: toTime(revokedAtMs) };
      },
    }),
    endpoint({
      method: "get",
      path: "/admin/api-keys/{id}/usage",
      tag,
      summary: "What was done with a key since it was made.",
      params: keyParams,
      answer: keyUse,
      errors: ["not_found"],
      async handle({ params }) {
        const { id } = await get(params.id);
        const [use] = await reader.listKeyUse(id);
        return {
          id,
          requestCount: use?.requests ?? 0,
          totalTokens: toTokens(use),
          ...toCost(use),
          lastUsedAt: use === undefined ? null : toTime(use.lastUsedAtMs),
        };
      },
    }),
  ];
}

/** A value takes the place of the one before, null takes it away, absent leaves it. */
function toRules(change: z.output<typeof keyChange>, nowMs: number, before: KeyRules = {}): KeyRules {
  const expiresAtMs = change.expires_at ?? undefined;
  if (expiresAtMs !== undefined && expiresAtMs <= nowMs) throw new ApiError("bad_body", "expires_at is in the past.");
  const chosen = {
    allowedProviders: pick(change.allowed_providers, before.allowedProviders),
    allowedModels: pick(change.allowed_models, before.allowedModels),
    allowedAccounts: pick(change.allowed_accounts, before.allowedAccounts),
    expiresAtMs: pick(change.expires_at, before.expiresAtMs),
    requestsPerMinute: pick(change.requests_per_minute, before.requestsPerMinute),
    tokensPerMinute: pick(change.tokens_per_minute, before.tokensPerMinute),
  };
  // Only what is undefined is left out.
  return Object.fromEntries(Object.entries(chosen).filter(([, value]) => value !== undefined)) as KeyRules;
}

function pick<Value>(given: Value | null | undefined, before: Value | undefined): Value | undefined {
  return given === undefined ? before : (given ?? undefined);
}

function toKeyRow(key: ManagedKey, use: KeyUse | undefined): z.output<typeof keyRow> {
  return {
    id: key.id,
    keyPrefix: key.prefix,
    last4: key.last4,
    name: key.name,
    createdAt: toTime(key.createdAtMs),
    revokedAt: key.revokedAtMs === undefined ? null : toTime(key.revokedAtMs),
    expiresAt: key.expiresAtMs === undefined ? null : toTime(key.expiresAtMs),
    lastUsedAt: use === undefined ? null : toTime(use.lastUsedAtMs),
    requestCount: use?.requests ?? 0,
    totalTokens: toTokens(use),
    ...toCost(use),
    allowedAccounts: toList(key.allowedAccounts),
    allowedProviders: toList(key.allowedProviders),
    allowedModels: toList(key.allowedModels),
    requestsPerMinute: key.requestsPerMinute ?? null,
    tokensPerMinute: key.tokensPerMinute ?? null,
  };
}

function toList(list: readonly string[] | undefined): string[] | null {
  return list === undefined ? null : [...list];
}

function toTokens(use: KeyUse | undefined): number {
  return use === undefined ? 0 : use.inputTokens + use.outputTokens;
}

/** A sum over requests of which none has a price is not 0 but unknown. */
function toCost(use: KeyUse | undefined): { totalCostUsd: number | null; unpricedRequests: number } {
  const { costNanoUsd, unpricedRequests } = use ?? { costNanoUsd: 0, unpricedRequests: 0 };
  const isUnknown = costNanoUsd === 0 && unpricedRequests > 0;
  return { totalCostUsd: isUnknown ? null : toUsd(costNanoUsd), unpricedRequests };
}

function toTime(epochMs: number): string {
  return new Date(epochMs).toISOString();
}
