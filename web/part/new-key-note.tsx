/** @module The text of a key that was just made, shown this once. */

import { useLayoutEffect, useRef } from "preact/hooks";
import { CopyButton } from "./copy-button.tsx";

export function NewKeyNote(props: { readonly name: string; readonly text: string; readonly onClose: () => void }) {
  const note = useRef<HTMLDivElement>(null);
  useLayoutEffect(() => note.current?.focus(), [props.text]);
  return (
    <div ref={note} class="new-key" role="status" tabIndex={-1} aria-label={`The key ${props.name}`}>
      <p>
        <b>{props.name}</b> is made. This is the only time its text is shown: modeltap keeps a hash alone.
      </p>
      <p class="new-key-text">
        <code>{props.text}</code>
        <CopyButton text={props.text} />
      </p>
      <p>
        Send it as <code>Authorization: Bearer</code>, for instance as <code>OPENAI_API_KEY</code> of a client whose
        base URL is modeltap. It goes no further than here.
      </p>
      <button type="button" onClick={props.onClose}>
        I have it
      </button>
    </div>
  );
}
