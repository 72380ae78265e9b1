/** @module The way out of a password session; nothing where nobody logs in. */

import { changeJson, useResource } from "../resource.ts";

export function LogoutButton() {
  const session = useResource<{ readonly authenticated: boolean; readonly loginConfigured: boolean }>("/admin/session");
  if (session.data?.loginConfigured !== true || !session.data.authenticated) return null;
  return (
    <button
      type="button"
      class="quiet logout"
      onClick={() =>
        void changeJson("POST", "/admin/session/logout", {}).then((answer) => {
          // A new page: the live feed of the old one would go on, and its rows stay in memory.
          if ("value" in answer) location.assign("/admin/login");
        })
      }
    >
      Log out
    </button>
  );
}
