/** @module `/admin/login`: asks for the password, then goes on to where one wanted to go. */

import { useSignal } from "@preact/signals";
import { useLayoutEffect, useRef } from "preact/hooks";
import { sendJson, useResource } from "../resource.ts";
import { leaveLogin } from "../router.ts";

type Session = { readonly authenticated: boolean; readonly loginConfigured: boolean };

export function Login() {
  const session = useResource<Session>("/admin/session");
  const problem = useSignal<string | undefined>(undefined);
  const busy = useSignal(false);
  const field = useRef<HTMLInputElement>(null);

  // At once, not after the next frame: what is typed right away belongs into the field.
  useLayoutEffect(() => {
    document.title = "Log in · modeltap";
    field.current?.focus();
  }, []);

  const logIn = async (event: SubmitEvent): Promise<void> => {
    event.preventDefault();
    busy.value = true;
    problem.value = await sendJson("POST", "/admin/session/login", { password: field.current?.value ?? "" });
    busy.value = false;
    if (problem.value === undefined) leaveLogin();
    else field.current?.select();
  };

  const isOpen = session.data?.authenticated === true;
  return (
    <div class="page login">
      <form class="panel" aria-labelledby="login-title" onSubmit={(event) => void logIn(event)}>
        <h1 id="login-title">Log in</h1>
        {isOpen ? (
          <p>
            You are in. <a href="/dashboard">To the dashboard</a>
          </p>
        ) : (
          <>
            <label>
              <span>Password or admin token</span>
              <input ref={field} type="password" name="password" autocomplete="current-password" required />
            </label>
            <button type="submit" class="pill" disabled={busy.value}>
              Log in
            </button>
          </>
        )}
        {problem.value !== undefined && (
          <p class="bad" role="alert">
            {problem.value.replace(/^modeltap: /, "")}
          </p>
        )}
      </form>
    </div>
  );
}
