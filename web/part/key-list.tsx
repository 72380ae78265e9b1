/** @module Every managed key: what it may do, what was done with it, and the ways to change and revoke it. */

import { useSignal } from "@preact/signals";
import type { ApiKey } from "../../src/api/contract.ts";
import { nowMs } from "../clock.ts";
import { formatAgo, formatCompact, formatCount, formatMoment } from "../format.ts";
import { sendJson } from "../resource.ts";
import { DeleteButton } from "./delete-button.tsx";
import { TotalCost } from "./totals.tsx";

export function KeyList(props: {
  readonly keys: readonly ApiKey[];
  readonly onEdit: (key: ApiKey) => void;
  readonly onChange: () => void;
}) {
  const { keys, onEdit, onChange } = props;
  const problem = useSignal<string | undefined>(undefined);

  const revoke = async (key: ApiKey): Promise<void> => {
    problem.value = await sendJson("DELETE", `/admin/api-keys/${encodeURIComponent(key.id)}`);
    if (problem.value === undefined) onChange();
  };

  if (keys.length === 0) {
    return (
      <p class="note note-empty">
        There is no key yet. A key lets a client in without a provider's credential; from other machines one is always
        needed.
      </p>
    );
  }
  return (
    <>
      {problem.value !== undefined && (
        <p class="note note-error" role="alert">
          {problem.value}
        </p>
      )}
      <div class="scroll-x" tabIndex={0} data-scrolls>
        <table class="stacked">
          <thead>
            <tr>
              <th scope="col">Name</th>
              <th scope="col">Key</th>
              <th scope="col">May use</th>
              <th scope="col">Per minute</th>
              <th scope="col" class="num">
                Requests
              </th>
              <th scope="col" class="num">
                Tokens
              </th>
              <th scope="col" class="num">
                Cost
              </th>
              <th scope="col">Last used</th>
              <th scope="col">State</th>
              <th scope="col">
                <span class="visually-hidden">Change</span>
              </th>
            </tr>
          </thead>
          <tbody>
            {keys.map((key) => (
              <tr key={key.id} class={toState(key, nowMs.value).isGood ? undefined : "unused"}>
                <th scope="row">{key.name}</th>
                <td>
                  <code title={key.id}>
                    {key.keyPrefix}…{key.last4}
                  </code>
                </td>
                <td class="whole" data-label="may use">
                  {toScope(key)}
                </td>
                <td data-label="per minute">{toLimits(key)}</td>
                <td class="num" data-label="requests">
                  {formatCount(key.requestCount)}
                </td>
                <td class="num" data-label="tokens">
                  {formatCompact(key.totalTokens)}
                </td>
                <td class="num" data-label="cost">
                  <TotalCost
                    row={{
                      requests: key.requestCount,
                      cost_usd: key.totalCostUsd,
                      unpriced_requests: key.unpricedRequests,
                    }}
                  />
                </td>
                <td data-label="used" title={key.lastUsedAt ?? undefined}>
                  {key.lastUsedAt === null ? "never" : formatAgo(Date.parse(key.lastUsedAt), nowMs.value)}
                </td>
                <td class={toState(key, nowMs.value).isGood ? undefined : "bad"}>{toState(key, nowMs.value).text}</td>
                <td class="row-tools">
                  {key.revokedAt === null && (
                    <>
                      <button type="button" class="quiet" aria-label={`Edit ${key.name}`} onClick={() => onEdit(key)}>
                        Edit
                      </button>
                      <DeleteButton verb="Revoke" what={key.name} onDelete={() => void revoke(key)} />
                    </>
                  )}
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </>
  );
}

function toScope({ allowedProviders, allowedModels }: ApiKey): string {
  const parts = [allowedProviders?.join(", "), allowedModels?.join(", ")].filter((part) => part !== undefined);
  return parts.length === 0 ? "everything" : parts.join(" · ");
}

function toLimits({ requestsPerMinute, tokensPerMinute }: ApiKey): string {
  const parts = [
    requestsPerMinute === null ? undefined : `${formatCompact(requestsPerMinute)} requests`,
    tokensPerMinute === null ? undefined : `${formatCompact(tokensPerMinute)} tokens`,
  ].filter((part) => part !== undefined);
  return parts.length === 0 ? "–" : parts.join(", ");
}

function toState(key: ApiKey, atNowMs: number): { readonly text: string; readonly isGood: boolean } {
  if (key.revokedAt !== null) return { text: "revoked", isGood: false };
  if (key.expiresAt === null) return { text: "valid", isGood: true };
  const atMs = Date.parse(key.expiresAt);
  return atMs <= atNowMs
    ? { text: "expired", isGood: false }
    : { text: `valid until ${formatMoment(atMs).slice(0, 10)}`, isGood: true };
}
