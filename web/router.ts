/** @module Where the reader is: path and query of the address, and moves that the back button undoes. */

import { computed, signal } from "@preact/signals";

const LOGIN = "/admin/login";
const href = signal(location.pathname + location.search);

/** Path without a slash at its end. */
export const path = computed(() => new URL(href.value, location.origin).pathname.replace(/(.)\/$/, "$1"));

/** Query of the address; every state of a view lives here, so that any view can be sent as a link. */
export const query = computed(() => new URL(href.value, location.origin).searchParams);

/** True on the page that asks for the password, where nothing else may be asked yet. */
export const isLogin = computed(() => path.value === LOGIN);

/** Goes to a page of ours. `replace` leaves no step for the back button. */
export function navigate(to: string, options: { readonly replace?: boolean } = {}): void {
  if (to === href.value) return;
  if (options.replace) history.replaceState(null, "", to);
  else history.pushState(null, "", to);
  const before = path.value;
  href.value = to;
  if (path.value !== before) scrollTo(0, 0);
}

/** To the page that asks for the password, and back to here from there. */
export function goToLogin(): void {
  if (isLogin.value) return;
  navigate(`${LOGIN}?next=${encodeURIComponent(href.value)}`, { replace: true });
}

/** Back to the page that asked for the password; a link of somebody else leads nowhere but to pages of ours. */
export function leaveLogin(): void {
  const next = new URL(query.value.get("next") ?? "/dashboard", location.origin);
  const isOurs = next.origin === location.origin && next.pathname !== LOGIN && isPage(next.pathname);
  navigate(isOurs ? next.pathname + next.search : "/dashboard", { replace: true });
}

/** Changes fields of the query in place; empty or default values are taken out of the address. */
export function setQuery(changes: Readonly<Record<string, string | undefined>>): void {
  const next = new URLSearchParams(query.value);
  for (const [name, value] of Object.entries(changes)) {
    if (value === undefined || value === "") next.delete(name);
    else next.set(name, value);
  }
  const text = next.toString();
  navigate(path.value + (text === "" ? "" : `?${text}`), { replace: true });
}

/** Takes clicks on links to our own pages, and the back and forward buttons. */
export function startRouter(): void {
  addEventListener("popstate", () => {
    href.value = location.pathname + location.search;
  });
  document.addEventListener("click", (event) => {
    if (
      event.defaultPrevented ||
      event.button !== 0 ||
      event.metaKey ||
      event.ctrlKey ||
      event.shiftKey ||
      event.altKey
    ) {
      return;
    }
    const link = event.target instanceof Element ? event.target.closest("a") : null;
    if (link === null || link.target !== "" || link.hasAttribute("download") || link.origin !== location.origin) return;
    if (!isPage(link.pathname)) return;
    event.preventDefault();
    navigate(link.pathname + link.search);
  });
}

function isPage(pathname: string): boolean {
  return (
    pathname === "/dashboard" || pathname === "/admin" || /^\/admin\/(?:login|requests|settings)(?:\/|$)/.test(pathname)
  );
}
