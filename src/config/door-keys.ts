/** @module Keys of the configuration that say who may reach what, and how much of it. */

import { z } from "zod";

import { count, flag, list, secret } from "./field.ts";
import { duration } from "./quantity.ts";

/** Whole: one that was cut, or whose `$` a shell took for variables, would let nobody in and say nothing. */
const HASH =
  /^\$(?:argon2(?:id|i|d)\$(?:v=\d+\$)?m=\d+,t=\d+,p=\d+\$[A-Za-z0-9+/]{11,}={0,2}\$[A-Za-z0-9+/]{16,}={0,2}|2[abxy]\$[0-3]\d\$[./A-Za-z0-9]{53})$/;

export const doorKeys = {
  require_api_key: flag()
    .prefault(false)
    .describe(
      "Requests on this machine need a managed key, too. From other machines one is always required. See [security.md](security.md#managed-keys).",
    ),
  key_headers: flag()
    .prefault(false)
    .describe(
      "Managed keys may also stand in `x-api-key`, `x-goog-api-key`, `api-key`, `x-proxy-key` and the query's `key`, beside `authorization`.",
    ),
  bootstrap_key: secret(24)
    .exactOptional()
    .describe("A first managed key of your own making, for containers: it is stored as a hash at the start."),
  admin_api_key: secret(1)
    .exactOptional()
    .describe(
      "Token that pages, statistics and administration ask for, sent as `x-admin-token` or `Authorization: Bearer`. See [security.md](security.md#pages-and-administration).",
    ),
  admin_hosts: list(
    "a list of addresses or networks, such as 172.17.0.1 or 192.168.1.0/24",
    /^[0-9a-f.:]+(?:\/\d{1,3})?$/i,
  )
    .prefault([])
    .describe(
      "Addresses of other machines that may reach pages and administration, with the admin token or a password session.",
    ),
  trust_proxy_headers: flag()
    .prefault(false)
    .describe(
      "Believe a proxy in front of modeltap about its client's address and whether it speaks HTTPS. Never makes anybody local.",
    ),
  dashboard: z
    .strictObject({
      password_hash: secret(20, HASH, "a whole hash that `modeltap password` made (argon2 or bcrypt)")
        .exactOptional()
        .describe("Hash of a password for the pages, argon2id or bcrypt; `modeltap password` makes one."),
      session_secret: secret(16)
        .exactOptional()
        .describe("Secret that password sessions are signed with; made and kept in the data directory by default."),
      session_ttl: duration(1000).prefault("7d").describe("How long a password session lasts."),
      login_window: duration(1000).prefault("60s").describe("Time in which failed logins of one address are counted."),
      login_attempts: count(1, 100).prefault(5).describe("Failed logins of one address in `dashboard.login_window`."),
    })
    .prefault({}),
  client_limits: z
    .strictObject({
      requests_per_minute: count(0, 1_000_000_000)
        .prefault(0)
        .describe("Requests of one client (tool and instance) per minute; 0 for no limit."),
      tokens_per_minute: count(0, 1_000_000_000)
        .prefault(0)
        .describe("Tokens of one client (tool and instance) per minute; 0 for no limit."),
    })
    .prefault({}),
};
