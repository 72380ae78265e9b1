/** @module The frame around every page: where one is, whether recording works, theme and keys. */

import { useSignal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import { useKeys } from "./keys.ts";
import { HelpDialog } from "./part/help-dialog.tsx";
import { StatusChip } from "./part/status-chip.tsx";
import { statusAnswer } from "./live.ts";
import { isLogin, navigate, path, query } from "./router.ts";
import { theme, toggleTheme } from "./theme.ts";
import { Dashboard } from "./view/dashboard.tsx";
import { Connect } from "./view/connect.tsx";
import { Login } from "./view/login.tsx";
import { NotFound } from "./view/not-found.tsx";
import { RequestView } from "./view/request.tsx";
import { Requests } from "./view/requests.tsx";
import { Settings } from "./view/settings.tsx";

/** Pages in the order of the navigation; a later one is a line here and a case in {@link Page}. */
const LINKS = [
  {
    href: "/dashboard",
    label: "Dashboard",
    isCurrent: (at: string, connect: boolean) => at === "/dashboard" && !connect,
  },
  { href: "/admin/requests", label: "Requests", isCurrent: (at: string) => /^\/admin(?:$|\/requests)/.test(at) },
  {
    href: "/dashboard?connect=1",
    label: "Connect",
    isCurrent: (at: string, connect: boolean) => at === "/dashboard" && connect,
  },
  { href: "/admin/settings/routes", label: "Settings", isCurrent: (at: string) => at.startsWith("/admin/settings") },
] as const;

export function Shell() {
  const help = useSignal(false);
  const connect = query.value.has("connect");
  const demo = statusAnswer.value?.status?.demo === true;

  useKeys({
    dashboard: () => navigate("/dashboard"),
    requests: () => navigate("/admin/requests"),
    settings: () => navigate("/admin/settings/routes"),
    theme: toggleTheme,
    help: () => {
      help.value = true;
    },
  });

  return (
    <>
      <a class="skip" href="#main">
        Skip to content
      </a>
      <header class="bar">
        <a class="brand" href="/dashboard" aria-label="modeltap, dashboard">
          <Mark />
          <span>modeltap</span>
        </a>
        <nav aria-label="Pages">
          {LINKS.map((link) => (
            <a key={link.href} href={link.href} aria-current={link.isCurrent(path.value, connect) ? "page" : undefined}>
              {link.label}
            </a>
          ))}
        </nav>
        <div class="bar-end">
          {demo && (
            <span class="badge demo" title="These are made-up requests; nothing was sent to a provider.">
              DEMO
            </span>
          )}
          {!isLogin.value && <StatusChip />}
          <button
            type="button"
            class="icon-button"
            onClick={toggleTheme}
            aria-label={theme.value === "dark" ? "Use light colours" : "Use dark colours"}
            title="Light or dark (t)"
          >
            <svg viewBox="0 0 16 16" aria-hidden="true">
              <circle cx="8" cy="8" r="6" fill="none" stroke="currentColor" stroke-width="1.5" />
              <path d="M8 2a6 6 0 0 1 0 12z" fill="currentColor" />
            </svg>
          </button>
          <button
            type="button"
            class="icon-button help-button"
            aria-label="Keyboard help"
            title="Keys (?)"
            onClick={() => {
              help.value = true;
            }}
          >
            ?
          </button>
        </div>
      </header>
      <main id="main" tabIndex={-1}>
        <Page />
      </main>
      <HelpDialog
        open={help.value}
        onClose={() => {
          help.value = false;
        }}
      />
    </>
  );
}

function Page() {
  const at = path.value;
  useEffect(() => {
    if (at === "/admin") navigate("/admin/requests", { replace: true });
  }, [at]);
  const request = /^\/admin\/requests\/([^/]+)$/.exec(at);
  if (request?.[1] !== undefined) return <RequestView key={request[1]} id={request[1]} />;
  if (at === "/admin/requests") return <Requests />;
  if (at === "/admin") return null;
  if (/^\/admin\/settings(?:\/|$)/.test(at)) return <Settings />;
  if (at === "/admin/login") return <Login />;
  if (at === "/dashboard") return query.value.has("connect") ? <Connect /> : <Dashboard />;
  return <NotFound />;
}

function Mark() {
  return (
    <svg class="mark" viewBox="0 0 24 24" aria-hidden="true">
      <path d="M2 8h20M12 8v8" stroke="currentColor" stroke-width="2" stroke-linecap="round" fill="none" />
      <circle class="mark-hole" cx="12" cy="8" r="3" stroke="currentColor" stroke-width="2" />
      <circle class="mark-drop" cx="12" cy="18.5" r="2.6" />
    </svg>
  );
}
