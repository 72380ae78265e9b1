/** @module A button that copies a text and says so. */

import { useSignal } from "@preact/signals";

export function CopyButton(props: { readonly text: string; readonly label?: string }) {
  const state = useSignal<"idle" | "done" | "failed">("idle");
  const copy = async (): Promise<void> => {
    state.value = (await writeClipboard(props.text)) ? "done" : "failed";
    setTimeout(() => {
      state.value = "idle";
    }, 1600);
  };
  const label = props.label ?? "Copy";
  return (
    <button type="button" class="copy" onClick={() => void copy()} aria-live="polite">
      {state.value === "done" ? "Copied" : state.value === "failed" ? "Select and copy" : label}
    </button>
  );
}

/** The clipboard is there on loopback and HTTPS only. */
async function writeClipboard(text: string): Promise<boolean> {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    return false;
  }
}
