/** @module What must hold of the doors, and what is allowed but unwise. */

import { isIP } from "node:net";

import { isLoopbackHost } from "./base-url.ts";
import { showValue } from "./problem.ts";
import type { Settings } from "./schema.ts";

type Doors = Pick<Settings, "host" | "require_api_key" | "admin_hosts" | "admin_api_key" | "dashboard" | "tls_cert">;

/** One line per problem. */
export function checkDoors(values: Doors, sources: Readonly<Record<string, string>>): readonly string[] {
  return [...checkRequired(values, sources), ...checkAdminHosts(values, sources)];
}

function checkRequired(values: Doors, sources: Readonly<Record<string, string>>): readonly string[] {
  if (isLoopbackHost(values.host.trim())) return [];
  if (values.require_api_key || sources["require_api_key"] === "default") return [];
  return [
    `${sources["require_api_key"]}: require_api_key must be true when host is not loopback (${showValue(values.host)}): ` +
      "from other machines a managed key is always required",
  ];
}

function checkAdminHosts(values: Doors, sources: Readonly<Record<string, string>>): readonly string[] {
  const where = sources["admin_hosts"] ?? "admin_hosts";
  const wrong = values.admin_hosts.filter((host) => !isNetwork(host));
  const problems = wrong.map(
    (host) =>
      `${where}: admin_hosts must be addresses or networks such as 172.17.0.1 or 192.168.1.0/24, not ${showValue(host)}`,
  );
  const isGuarded = values.admin_api_key !== undefined || values.dashboard.password_hash !== undefined;
  if (values.admin_hosts.length > 0 && !isGuarded) {
    problems.push(`${where}: admin_hosts needs admin_api_key or dashboard.password_hash, or nobody could come in`);
  }
  return problems;
}

function isNetwork(host: string): boolean {
  const [address = "", bits, ...rest] = host.split("/");
  const family = isIP(address);
  return family !== 0 && rest.length === 0 && (bits === undefined || Number(bits) <= (family === 4 ? 32 : 128));
}

/** Values that people leave in from an example. */
const PLACEHOLDERS: ReadonlySet<string> = new Set([
  "admin",
  "changeme",
  "change-me",
  "default",
  "example",
  "password",
  "proxy",
  "secret",
  "token",
]);

/** Warnings for the log. */
export function listDoorNotices(values: Doors): readonly string[] {
  const notices: string[] = [];
  for (const [key, value] of [
    ["admin_api_key", values.admin_api_key],
    ["dashboard.session_secret", values.dashboard.session_secret],
  ] as const) {
    if (value !== undefined && PLACEHOLDERS.has(value.trim().toLowerCase())) {
      notices.push(`${key} is a word that anybody would try first; choose a random one`);
    }
  }
  if (!isLoopbackHost(values.host.trim()) && values.tls_cert === undefined) {
    notices.push(
      "other machines send their keys over plain HTTP, readable on the way: set tls_cert and tls_key, or put HTTPS in front",
    );
  }
  return notices;
}
