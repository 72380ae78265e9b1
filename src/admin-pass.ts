/** @module What a command of this machine shows a running modeltap to be let in: the admin token, or a session of its own making. */

import type { Configuration } from "./config/load.ts";
import { LOGIN_KEY_FILE, readCredentialKey } from "./proxy/credential-key.ts";
import { createLoginCookies, LOGIN_COOKIE } from "./proxy/login-cookie.ts";

/** Fields for a call of the running modeltap. Whoever may read its configuration and data directory is let in. */
export function toAdminHeaders({ values }: Pick<Configuration, "values">): Record<string, string> {
  if (values.admin_api_key !== undefined) return { "x-admin-token": values.admin_api_key };
  const { password_hash: passwordHash, session_secret: secret, session_ttl: ttlMs } = values.dashboard;
  if (passwordHash === undefined) return {};
  const cookies = createLoginCookies({
    secret: secret ?? readCredentialKey(values.data_dir, LOGIN_KEY_FILE),
    passwords: [passwordHash, undefined],
    ttlMs,
    clock: Date.now,
  });
  return { cookie: `${LOGIN_COOKIE}=${cookies.issue()}`, "x-csrf": "1" };
}
