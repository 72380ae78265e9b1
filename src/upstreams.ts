/** @module The upstreams of a configuration: rows of the catalogue with what the settings change, and new ones. */

import type { Configuration } from "./config/load.ts";
import { PROVIDERS } from "./provider/catalogue.ts";
import type { Provider } from "./provider/provider.ts";
import type { HeaderRules, Upstream, UpstreamCredential, UpstreamTimeouts } from "./provider/upstream.ts";
import { createFileSecret, createVariableSecret } from "./proxy/secret.ts";

type Settings = Configuration["values"];
type ProviderSettings = NonNullable<Settings["providers"][string]>;

/** What an anthropic-type provider of the user's own gets where the client sent none. */
export const ANTHROPIC_VERSION: readonly [name: string, value: string] = ["anthropic-version", "2023-06-01"];

/** Every upstream by id and by alias, without its fallbacks. */
export function toUpstreams(configuration: Configuration): ReadonlyMap<string, Upstream> {
  const { values } = configuration;
  const upstreams = new Map<string, Upstream>();
  for (const provider of PROVIDERS) {
    const upstream = toUpstream(provider, configuration);
    for (const name of [provider.id, ...(provider.aliases ?? [])]) upstreams.set(name, upstream);
  }
  for (const id of Object.keys(values.providers)) {
    if (upstreams.has(id)) continue;
    upstreams.set(id, toUpstream({ id, family: values.providers[id]?.type ?? "openai" }, configuration, true));
  }
  return upstreams;
}

/** Gives upstreams the fallbacks of their settings, wherever those come from; names that nothing has are left out. */
export function linkFallbacks(upstreams: Map<string, Upstream>, { values }: Configuration): void {
  const alone = new Map(upstreams);
  for (const [id, { fallbacks: names }] of Object.entries(values.providers)) {
    const upstream = alone.get(id);
    const fallbacks = names.flatMap((name) => alone.get(name.toLowerCase()) ?? []);
    if (upstream === undefined || fallbacks.length === 0) continue;
    const linked = { ...upstream, fallbacks };
    for (const [name, each] of alone) if (each === upstream) upstreams.set(name, linked);
  }
}

function toUpstream(provider: Provider, configuration: Configuration, isCustom = false): Upstream {
  const { values } = configuration;
  const names = [provider.id, ...(provider.aliases ?? [])];
  const own = names.map((name) => values.providers[name]).find((settings) => settings !== undefined);
  const baseUrl = own?.base_url ?? provider.baseUrl;
  const parent = PROVIDERS.find(({ id }) => id === own?.provider) ?? provider;
  const family = own?.type ?? parent.family;
  const headerRules = toHeaderRules(own?.headers, isCustom && family === "anthropic" ? [ANTHROPIC_VERSION] : []);
  const credential = toCredential(own?.auth, configuration);
  const hasOwnLimits = own !== undefined && Object.keys(own.timeouts).length > 0;
  return {
    id: provider.id,
    provider: own?.provider ?? provider.id,
    family,
    ...(baseUrl === undefined ? {} : { baseUrl }),
    ...(provider.baseUrlExample === undefined ? {} : { baseUrlExample: provider.baseUrlExample }),
    // A base URL of the user's own brings its path with it.
    ...(provider.rootV1 === undefined || baseUrl !== provider.baseUrl ? {} : { rootV1: provider.rootV1 }),
    local: own?.local ?? parent.local ?? false,
    includeUsage: own?.include_usage ?? parent.includeUsage ?? "auto",
    capture: own?.capture ?? values.capture,
    captureBytes: own?.capture_body_max ?? values.capture_body_max,
    tlsInsecure: own?.tls_insecure ?? false,
    ...(credential === undefined ? {} : { credential }),
    ...(headerRules === undefined ? {} : { headerRules }),
    ...(hasOwnLimits ? { timeouts: toTimeouts(values.timeouts, own.timeouts) } : {}),
    ...(own?.max_held_body === undefined ? {} : { maxHeldBytes: own.max_held_body }),
    ...(own?.fixes === undefined ? {} : { fixes: own.fixes }),
  };
}

function toHeaderRules(
  own: ProviderSettings["headers"] | undefined,
  defaults: readonly (readonly [string, string])[],
): HeaderRules | undefined {
  const rules: HeaderRules = {
    remove: (own?.remove ?? []).map((name) => name.toLowerCase()),
    set: toFields(own?.set ?? {}),
    default: [...toFields(own?.default ?? {}), ...defaults],
  };
  return Object.values(rules).every((list) => list.length === 0) ? undefined : rules;
}

/** Header names of a table in lower case. */
export function toFields(table: Readonly<Record<string, string>>): (readonly [string, string])[] {
  return Object.entries(table).map(([name, value]) => [name.toLowerCase(), value] as const);
}

function toCredential(
  auth: ProviderSettings["auth"] | undefined,
  configuration: Configuration,
): UpstreamCredential | undefined {
  const [mode = "preserve", named] = (auth?.mode ?? "preserve").toLowerCase().split(":", 2);
  if (auth === undefined || mode === "preserve") return undefined;
  if (mode === "none") return { mode: "none" };
  const header = (named ?? auth.header ?? (mode === "bearer" ? "authorization" : "x-api-key")).toLowerCase();
  const place =
    auth.file === undefined
      ? {
          from: `environment variable ${auth.env ?? ""}`,
          read: createVariableSecret(configuration.variables, auth.env ?? ""),
        }
      : { from: `file ${auth.file}`, read: createFileSecret(auth.file, () => performance.now()) };
  return { mode: mode === "bearer" || mode === "x-api-key" ? mode : "header", header, ...place };
}

type Limits = Settings["timeouts"];

/** The general limits, with those that an upstream sets of its own. */
export function toTimeouts(general: Limits, own: Partial<Limits> = {}): UpstreamTimeouts {
  const {
    connect,
    first_byte: firstByte,
    stream_first_byte: streamFirstByte,
    idle,
    total,
    stream_total: streamTotal,
  } = { ...general, ...own };
  return {
    connectMs: connect,
    firstByteMs: firstByte,
    ...(streamFirstByte === undefined ? {} : { streamFirstByteMs: streamFirstByte }),
    idleMs: idle,
    ...(total === undefined ? {} : { totalMs: total }),
    ...(streamTotal === undefined ? {} : { streamTotalMs: streamTotal }),
  };
}
