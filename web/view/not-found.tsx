/** @module A page that is none. */

import { EmptyNote } from "../part/state.tsx";

export function NotFound() {
  return (
    <EmptyNote>
      <h1>There is no page here</h1>
      <p>
        Go to the <a href="/dashboard">dashboard</a> or to the <a href="/admin/requests">requests</a>.
      </p>
    </EmptyNote>
  );
}
