/** @module A button that asks once more before it deletes. */

import { useSignal } from "@preact/signals";

export function DeleteButton(props: { readonly what: string; readonly onDelete: () => void }) {
  const asked = useSignal(false);
  return (
    <button
      type="button"
      class={asked.value ? "quiet bad" : "quiet"}
      aria-label={asked.value ? `Delete ${props.what} for good` : `Delete ${props.what}`}
      onBlur={() => {
        asked.value = false;
      }}
      onClick={() => {
        if (asked.value) props.onDelete();
        asked.value = !asked.value;
      }}
    >
      {asked.value ? "Really?" : "Delete"}
    </button>
  );
}
