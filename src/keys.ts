/** @module `modeltap keys`: through the running modeltap, or else in its store, which is ours while we hold the lock. */

import type { ApiKey } from "./api/contract.ts";
import { createKey, type KeyRules } from "./api/new-key.ts";
import { type KeyCommand, type NewKeyBody, parseKeyCommand } from "./cli/key-flags.ts";
import { acquireLock } from "./config/lock.ts";
import { createPrivateDirectory } from "./config/paths.ts";
import { ConfigError } from "./config/problem.ts";
import { findKeyFault, type ManagedKey, parseKey } from "./domain/key.ts";
import { findRunning, type Running } from "./running.ts";
import { readConfiguration } from "./start.ts";
import { changeObjects, type StorePlace } from "./stored-keys.ts";

/** What is shown of a key, however it was read. */
type Shown = Pick<ManagedKey, "id" | "name" | "prefix" | "last4"> & {
  readonly createdAt: string;
  readonly state: string;
  readonly lastUsedAt?: string;
  readonly requests?: number;
};

type Keys = {
  /** Resolves with the key's text. */
  create(body: NewKeyBody): Promise<string>;
  list(): Promise<readonly Shown[]>;
  revoke(id: string): Promise<void>;
};

/** Resolves with the exit code. Throws UsageError and ConfigError. */
export async function runKeys(args: readonly string[]): Promise<number> {
  const command = parseKeyCommand(args, Date.now());
  const configuration = readConfiguration({ settings: {}, demo: false });
  const running = findRunning(configuration);
  if (running !== undefined) return run(command, throughApi(running));
  const { values } = configuration;
  const place = { dataDir: values.data_dir, databasePath: values.database };
  createPrivateDirectory(place.dataDir, "data_dir");
  const lock = acquireLock(place.dataDir, Date.now());
  try {
    return await run(command, inStore(place));
  } finally {
    lock.release();
  }
}

async function run(command: KeyCommand, keys: Keys): Promise<number> {
  switch (command.verb) {
    case "create":
      // Alone on standard output, so that a script can take it.
      process.stdout.write(`${await keys.create(command.body)}\n`);
      process.stderr.write("This is the only time the key is shown; modeltap keeps its hash alone.\n");
      return 0;
    case "list": {
      const list = await keys.list();
      process.stdout.write(command.json ? `${JSON.stringify(list, undefined, 2)}\n` : toTable(list));
      return 0;
    }
    case "revoke":
      await keys.revoke(command.id);
      process.stdout.write(`${command.id} is revoked\n`);
      return 0;
  }
}

function throughApi(running: Running): Keys {
  const call = (method: string, path: string, body?: unknown): Promise<unknown> =>
    running.call(method, `/admin/api-keys${path}`, body);

  return {
    async create(body) {
      const { key } = (await call("POST", "", body)) as { readonly key: string }; // our own api
      return key;
    },
    async list() {
      const { apiKeys } = (await call("GET", "")) as { readonly apiKeys: readonly ApiKey[] }; // our own api
      return apiKeys.map((key) => ({
        id: key.id,
        name: key.name,
        prefix: key.keyPrefix,
        last4: key.last4,
        createdAt: key.createdAt,
        state: toState({
          ...(key.revokedAt === null ? {} : { revokedAtMs: Date.parse(key.revokedAt) }),
          ...(key.expiresAt === null ? {} : { expiresAtMs: Date.parse(key.expiresAt) }),
        }),
        requests: key.requestCount,
        ...(key.lastUsedAt === null ? {} : { lastUsedAt: key.lastUsedAt }),
      }));
    },
    async revoke(id) {
      await call("DELETE", `/${encodeURIComponent(id)}`);
    },
  };
}

function inStore(place: StorePlace): Keys {
  return {
    create: (body) =>
      changeObjects(place, async (writer) => {
        const { id, secret, value } = createKey(body.name, toRules(body));
        await writer.putObject({ kind: "key", id, value, atMs: Date.now(), expectVersion: 0 });
        return secret;
      }),
    list: () =>
      changeObjects(place, async (writer) =>
        (await writer.readObjects()).objects.flatMap((object) => {
          const key = object.kind === "key" ? parseKey(object) : undefined;
          return key === undefined ? [] : [toShown(key)];
        }),
      ),
    revoke: (id) =>
      changeObjects(place, async (writer) => {
        const found = (await writer.readObjects()).objects.find((object) => object.kind === "key" && object.id === id);
        const key = found === undefined ? undefined : parseKey(found);
        if (key === undefined) throw new ConfigError([`there is no key ${id}; modeltap keys list shows them`]);
        if (key.revokedAtMs !== undefined) return;
        const { id: _id, createdAtMs: _createdAtMs, ...value } = key;
        await writer.putObject({ kind: "key", id, value: { ...value, revokedAtMs: Date.now() }, atMs: Date.now() });
      }),
  };
}

function toRules(body: NewKeyBody): KeyRules {
  return {
    ...(body.allowed_providers === undefined ? {} : { allowedProviders: body.allowed_providers }),
    ...(body.allowed_models === undefined ? {} : { allowedModels: body.allowed_models }),
    ...(body.expires_at === undefined ? {} : { expiresAtMs: body.expires_at }),
    ...(body.requests_per_minute === undefined ? {} : { requestsPerMinute: body.requests_per_minute }),
    ...(body.tokens_per_minute === undefined ? {} : { tokensPerMinute: body.tokens_per_minute }),
  };
}

function toShown(key: ManagedKey): Shown {
  const { id, name, prefix, last4 } = key;
  return { id, name, prefix, last4, createdAt: new Date(key.createdAtMs).toISOString(), state: toState(key) };
}

function toState(key: Pick<ManagedKey, "revokedAtMs" | "expiresAtMs">): string {
  return findKeyFault(key, Date.now()) ?? "valid";
}

function toTable(list: readonly Shown[]): string {
  if (list.length === 0) return "There is no key yet: modeltap keys create NAME\n";
  const rows = list.map((key) => [key.id, `${key.prefix}…${key.last4}`, key.state, key.createdAt, key.name]);
  const widths = [0, 1, 2, 3].map((column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)));
  return rows.map((row) => `${row.map((cell, at) => cell.padEnd(widths[at] ?? 0)).join("  ")}\n`).join("");
}
