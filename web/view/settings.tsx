/** @module `/admin/settings/…`: one page for each thing that can be set. */

import { useEffect } from "preact/hooks";
import { later } from "../later.tsx";
import { navigate, path } from "../router.ts";
import { LogoutButton } from "../part/logout-button.tsx";

/** Tabs in their order; a further one is a line here and its view. */
const TABS = [
  { name: "routes", label: "Routes", View: later(async () => (await import("./route-settings.tsx")).RouteSettings) },
  { name: "keys", label: "Keys", View: later(async () => (await import("./key-settings.tsx")).KeySettings) },
] as const;

export function Settings() {
  const name = path.value.slice("/admin/settings/".length);
  const tab = TABS.find((each) => each.name === name);

  useEffect(() => {
    if (tab === undefined) navigate(`/admin/settings/${TABS[0].name}`, { replace: true });
    else document.title = `${tab.label} · Settings · modeltap`;
  }, [tab]);

  if (tab === undefined) return null;
  return (
    <div class="page settings">
      <header class="settings-head">
        <h1>Settings</h1>
        <nav class="segments" aria-label="Settings">
          {TABS.map(({ name: each, label }) => (
            <a key={each} href={`/admin/settings/${each}`} aria-current={each === tab.name ? "page" : undefined}>
              {label}
            </a>
          ))}
        </nav>
        <LogoutButton />
      </header>
      <tab.View />
    </div>
  );
}
