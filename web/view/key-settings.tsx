/** @module Managed keys: who may send requests without a credential of their own, what they may do, and what they did. */

import { useSignal } from "@preact/signals";
import type { ApiKey } from "../../src/api/contract.ts";
import { KeyForm } from "../part/key-form.tsx";
import { KeyList } from "../part/key-list.tsx";
import { NewKeyNote } from "../part/new-key-note.tsx";
import { ErrorNote, Skeleton } from "../part/state.tsx";
import { useResource } from "../resource.ts";

export function KeySettings() {
  const keys = useResource<{ readonly apiKeys: readonly ApiKey[] }>("/admin/api-keys");
  /** The key under the form; `new` for one that is not there yet. */
  const edited = useSignal<ApiKey | "new" | undefined>(undefined);
  const made = useSignal<(ApiKey & { readonly key: string }) | undefined>(undefined);

  if (keys.data === undefined) {
    return keys.error === undefined ? <Skeleton lines={6} /> : <ErrorNote message={keys.error} onRetry={keys.reload} />;
  }
  const { apiKeys } = keys.data;
  const valid = apiKeys.filter((key) => key.revokedAt === null).length;
  return (
    <>
      {keys.error !== undefined && <ErrorNote message={keys.error} onRetry={keys.reload} />}
      <section class="panel" aria-labelledby="keys-title">
        <header class="panel-head">
          <h2 id="keys-title">Managed keys {apiKeys.length > 0 && <small>{valid} in use</small>}</h2>
          <div class="panel-tools">
            <button
              type="button"
              onClick={() => {
                edited.value = "new";
              }}
            >
              New key
            </button>
          </div>
        </header>
        {edited.value !== undefined && (
          <KeyForm
            key={edited.value === "new" ? "new" : edited.value.id}
            before={edited.value === "new" ? undefined : edited.value}
            onMade={(key) => {
              made.value = key;
            }}
            onClose={(isChanged) => {
              edited.value = undefined;
              if (isChanged) keys.reload();
            }}
          />
        )}
        {made.value !== undefined && (
          <NewKeyNote
            name={made.value.name}
            text={made.value.key}
            onClose={() => {
              made.value = undefined;
            }}
          />
        )}
        <KeyList
          keys={apiKeys}
          onEdit={(key) => {
            edited.value = key;
          }}
          onChange={keys.reload}
        />
      </section>
    </>
  );
}
