/** @module A button that asks once more before it deletes, or does what cannot be undone. */

import { useSignal } from "@preact/signals";

export function DeleteButton(props: {
  readonly what: string;
  /** What it says; `Delete` if absent. */
  readonly verb?: string;
  readonly onDelete: () => void;
}) {
  const verb = props.verb ?? "Delete";
  const asked = useSignal(false);
  return (
    <button
      type="button"
      class={asked.value ? "quiet bad" : "quiet"}
      aria-label={asked.value ? `${verb} ${props.what} for good` : `${verb} ${props.what}`}
      onBlur={() => {
        asked.value = false;
      }}
      onClick={() => {
        if (asked.value) props.onDelete();
        asked.value = !asked.value;
      }}
    >
      {asked.value ? "Really?" : verb}
    </button>
  );
}
