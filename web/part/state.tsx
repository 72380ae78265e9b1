/** @module What stands where there is nothing yet: loading, an error with a way on, or an empty list. */

import type { ComponentChildren } from "preact";

export function ErrorNote(props: { readonly message: string; readonly onRetry: () => void }) {
  return (
    <div class="note note-error" role="alert">
      <p>{props.message}</p>
      <button type="button" onClick={props.onRetry}>
        Try again
      </button>
    </div>
  );
}

export function EmptyNote(props: { readonly children: ComponentChildren }) {
  return <div class="note note-empty">{props.children}</div>;
}

/** Grey lines in the shape of what will come. */
export function Skeleton(props: { readonly lines: number }) {
  return (
    <div class="skeleton" aria-busy="true" aria-label="Loading">
      {Array.from({ length: props.lines }, (_, index) => (
        <i key={index} />
      ))}
    </div>
  );
}
