/** @module `modeltap keys`: through the running modeltap, or else in its store, which is ours while we hold the lock. */

import type { ApiKey } from "./api/contract.ts";
import { createKey, type KeyRules } from "./api/new-key.ts";
import { type KeyCommand, KEYS_HELP, type NewKeyBody, parseKeyCommand } from "./cli/key-flags.ts";
import type { StartFlags } from "./cli/parse.ts";
import { takePlace } from "./cli/place-flags.ts";
import { toColumns } from "./cli/table.ts";
import type { Configuration } from "./config/load.ts";
import { LoadError } from "./config/load-error.ts";
import { acquireLock } from "./config/lock.ts";
import { createPrivateDirectory } from "./config/paths.ts";
import { ConfigError } from "./config/problem.ts";
import { findKeyFault, type ManagedKey, parseKey } from "./domain/key.ts";
import { findWrongProvider } from "./key-providers.ts";
import { toRoutingFacts } from "./routing-facts.ts";
import { toRouting } from "./routing.ts";
import { findRunning, type Running } from "./running.ts";
import { readConfiguration } from "./start.ts";
import { changeObjects, type StorePlace } from "./stored-keys.ts";
import { listObjectsOf } from "./stored-parts.ts";

/** What is shown of a key, however it was read. */
type Shown = Pick<ManagedKey, "id" | "name" | "prefix" | "last4"> & {
  readonly createdAt: string;
  readonly state: string;
  /** Null where nothing restricts the key. */
  readonly providers: readonly string[] | null;
  readonly models: readonly string[] | null;
  readonly expiresAt: string | null;
  readonly requestsPerMinute: number | null;
  readonly tokensPerMinute: number | null;
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
  const { flags, rest } = takePlace(args);
  const command = parseKeyCommand(rest, Date.now());
  if (command.verb === "help") {
    process.stdout.write(KEYS_HELP);
    return 0;
  }
  const configuration = command.verb === "create" ? readConfiguration(flags) : readPlace(flags);
  const running = findRunning(configuration);
  if (running !== undefined) return run(command, throughApi(running));
  const { values } = configuration;
  const place = { dataDir: values.data_dir, databasePath: values.database };
  if (command.verb === "create") checkProviders(command.body, readConfiguration(flags));
  createPrivateDirectory(place.dataDir, "data_dir");
  const lock = acquireLock(place.dataDir, Date.now());
  try {
    return await run(command, inStore(place));
  } finally {
    lock.release();
  }
}

/** A key must be found and revoked also while a file is wrong: where the data is can be told all the same. Throws ConfigError. */
function readPlace(flags: StartFlags): Pick<Configuration, "values"> {
  try {
    return readConfiguration(flags);
  } catch (failure) {
    if (!(failure instanceof LoadError)) throw failure;
    const { values, problems } = failure;
    for (const problem of problems) process.stderr.write(`modeltap: ${problem}\n`);
    process.stderr.write(`modeltap: going on with the data in ${values.data_dir}\n`);
    return { values };
  }
}

/** As the api of a running one does. Throws ConfigError. */
function checkProviders({ allowed_providers: names }: NewKeyBody, configuration: Configuration): void {
  if (names === undefined) return;
  const list = listObjectsOf(configuration.values.data_dir);
  const wrong = findWrongProvider(names, toRoutingFacts(configuration, toRouting(configuration), list));
  if (wrong !== undefined) throw new ConfigError([`--providers: ${wrong}`]);
}

async function run(command: Exclude<KeyCommand, { readonly verb: "help" }>, keys: Keys): Promise<number> {
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
        providers: key.allowedProviders,
        models: key.allowedModels,
        expiresAt: key.expiresAt,
        requestsPerMinute: key.requestsPerMinute,
        tokensPerMinute: key.tokensPerMinute,
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
  return {
    id,
    name,
    prefix,
    last4,
    createdAt: new Date(key.createdAtMs).toISOString(),
    state: toState(key),
    providers: key.allowedProviders ?? null,
    models: key.allowedModels ?? null,
    expiresAt: key.expiresAtMs === undefined ? null : new Date(key.expiresAtMs).toISOString(),
    requestsPerMinute: key.requestsPerMinute ?? null,
    tokensPerMinute: key.tokensPerMinute ?? null,
  };
}

function toState(key: Pick<ManagedKey, "revokedAtMs" | "expiresAtMs">): string {
  return findKeyFault(key, Date.now()) ?? "valid";
}

function toTable(list: readonly Shown[]): string {
  if (list.length === 0) return "There is no key yet: modeltap keys create NAME\n";
  return toColumns([
    ["ID", "KEY", "STATE", "NAME", "PROVIDERS", "MODELS", "EXPIRES", "LIMITS", "CREATED"],
    ...list.map((key) => [
      key.id,
      `${key.prefix}…${key.last4}`,
      key.state,
      key.name,
      key.providers?.join(",") ?? "all",
      key.models?.join(",") ?? "all",
      key.expiresAt ?? "never",
      toLimits(key),
      key.createdAt,
    ]),
  ]);
}

function toLimits({ requestsPerMinute: requests, tokensPerMinute: tokens }: Shown): string {
  const limits = [...(requests === null ? [] : [`${requests} rpm`]), ...(tokens === null ? [] : [`${tokens} tpm`])];
  return limits.join(", ") || "none";
}
