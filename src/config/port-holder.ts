/** @module Who holds a port that is taken, and which one is free: for the one line a person reads then. */

import { readdirSync, readFileSync, readlinkSync } from "node:fs";
import { createServer } from "node:net";

export type PortHolder = {
  /** `another modeltap 0.1.0 (process 12)`, `nginx (process 34)`, or `another program`. */
  readonly description: string;
  /** The nearest higher port that can be bound; undefined when none of the next 100 can. */
  readonly freePort?: number;
};

const HEALTH_TIMEOUT_MS = 500;
const MAX_PORTS_TRIED = 100;

/** Never throws. Linux shows only processes of the same user; elsewhere only a modeltap is known, by its answer. */
export async function describePortHolder(port: number): Promise<PortHolder> {
  const [modeltap, freePort] = await Promise.all([askModeltap(port), findFreePort(port + 1)]);
  const owner = findListener(port);
  const pid = modeltap?.pid ?? owner?.pid;
  const name = modeltap === undefined ? (owner?.name ?? "another program") : `another modeltap${modeltap.version}`;
  return {
    description: pid === undefined ? name : `${name} (process ${pid})`,
    ...(freePort === undefined ? {} : { freePort }),
  };
}

async function findFreePort(from: number): Promise<number | undefined> {
  for (let port = from; port < Math.min(from + MAX_PORTS_TRIED, 65_536); port++) {
    if (await isFree(port)) return port;
  }
  return undefined;
}

function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once("error", () => resolve(false));
    server.listen({ port, host: "127.0.0.1", exclusive: true }, () => server.close(() => resolve(true)));
  });
}

async function askModeltap(port: number): Promise<{ readonly version: string; readonly pid?: number } | undefined> {
  try {
    const response = await fetch(`http://127.0.0.1:${port}/health`, {
      signal: AbortSignal.timeout(HEALTH_TIMEOUT_MS),
      redirect: "manual",
    });
    const health: unknown = JSON.parse((await response.text()).slice(0, 100_000));
    if (!isRecord(health) || !isRecord(health["processes"])) return undefined;
    const version = health["version"];
    const pid = health["processes"]["proxy"];
    if (typeof version !== "string" || !/^[\w.+-]{1,40}$/.test(version)) return undefined;
    return { version: ` ${version}`, ...(typeof pid === "number" ? { pid } : {}) };
  } catch {
    return undefined;
  }
}

/** The name is the program's, never its arguments: those may hold secrets. */
function findListener(port: number): { readonly pid: number; readonly name: string } | undefined {
  const sockets = listListeningSockets(port);
  if (sockets.size === 0) return undefined;
  for (const pid of listNames("/proc").filter((name) => /^\d+$/.test(name))) {
    const hasIt = listNames(`/proc/${pid}/fd`).some((fd) => sockets.has(readLink(`/proc/${pid}/fd/${fd}`)));
    if (hasIt) return { pid: Number(pid), name: readText(`/proc/${pid}/comm`).trim() || "another program" };
  }
  return undefined;
}

/** As file descriptors name them: `socket:[12345]`. */
function listListeningSockets(port: number): ReadonlySet<string> {
  const suffix = `:${port.toString(16).toUpperCase().padStart(4, "0")}`;
  const sockets = ["/proc/net/tcp", "/proc/net/tcp6"].flatMap((table) =>
    readText(table)
      .split("\n")
      .map((line) => line.trim().split(/\s+/))
      // 0A = LISTEN, the tenth field is the inode.
      .filter((fields) => fields[3] === "0A" && fields[1]?.endsWith(suffix) === true)
      .map((fields) => `socket:[${fields[9]}]`),
  );
  return new Set(sockets);
}

function listNames(directory: string): readonly string[] {
  try {
    return readdirSync(directory);
  } catch {
    return [];
  }
}

function readLink(path: string): string {
  try {
    return readlinkSync(path);
  } catch {
    return "";
  }
}

function readText(path: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return "";
  }
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
