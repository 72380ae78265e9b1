/** @module The configuration as plain options of the parts: catalogue and settings become upstreams, keys become limits. */

import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { AppOptions } from "./app.ts";
import { toConfigSummary } from "./config-summary.ts";
import type { Configuration } from "./config/load.ts";
import { findRunDirectory } from "./config/paths.ts";
import type { PriceOptions } from "./message/price-options.ts";
import { findOutgoingProxy } from "./proxy/network.ts";
import type { OutgoingNetwork } from "./proxy/options.ts";
import type { Events } from "./telemetry/events.ts";
import { toOwnCommand } from "./cli/launch.ts";
import { toRouting } from "./routing.ts";
import { toRoutingFacts } from "./routing-facts.ts";
import { listObjectsOf } from "./stored-parts.ts";
import { toTimeouts } from "./upstreams.ts";

type Settings = Configuration["values"];

export type AppContext = { readonly version: string; readonly emit: Events };

/** Reads the PEM files the configuration names; all else is plain mapping. */
export function toAppOptions(configuration: Configuration, context: AppContext): AppOptions {
  const { values } = configuration;
  const routing = toRouting(configuration);
  return {
    routing: toRoutingFacts(configuration, routing, listObjectsOf(values.data_dir)),
    summary: toConfigSummary(configuration),
    proxy: {
      version: context.version,
      ...routing.table,
      timeouts: toTimeouts(values.timeouts),
      maxHeldBytes: values.max_held_body,
      bodyMemoryBytes: values.body_memory,
      journalBodyBytes: values.journal_body_max,
      outgoing: toOutgoing(values),
      breaker: {
        openAfterFailures: values.breaker.open_after_failures,
        halfOpenAfterMs: values.breaker.half_open_after,
        evictAfterMs: values.breaker.evict_after,
        failureRate: values.breaker.failure_rate,
        windowMs: values.breaker.window,
        minRequests: values.breaker.min_requests,
      },
      retries: {
        max: values.retries,
        rateLimitMax: values.rate_limit_retries,
        maxWaitMs: values.retry_max_wait,
      },
    },
    hosts: configuration.hosts,
    port: values.port,
    ...(values.tls_cert === undefined || values.tls_key === undefined
      ? {}
      : { tls: { cert: readFileSync(values.tls_cert, "utf8"), key: readFileSync(values.tls_key, "utf8") } }),
    doors: {
      allowedHosts: [...values.allowed_hosts, ...configuration.hosts],
      takesAddresses: configuration.hosts.some((host) => host === "0.0.0.0" || host === "::"),
      allowedOrigins: values.allowed_origins,
      requireKey: values.require_api_key,
      keyHeaders: values.key_headers,
      clientLimits: {
        requestsPerMinute: values.client_limits.requests_per_minute || undefined,
        tokensPerMinute: values.client_limits.tokens_per_minute || undefined,
      },
      adminToken: values.admin_api_key,
      adminHosts: values.admin_hosts,
      trustsForwarded: values.trust_proxy_headers,
      login: {
        passwordHash: values.dashboard.password_hash,
        secret: values.dashboard.session_secret,
        ttlMs: values.dashboard.session_ttl,
        windowMs: values.dashboard.login_window,
        attempts: values.dashboard.login_attempts,
      },
    },
    dataDir: values.data_dir,
    runDir: findRunDirectory(values.data_dir),
    databasePath: values.database,
    capture: values.capture,
    drainMs: values.timeouts.drain,
    journal: {
      maxBytes: values.journal.max_size,
      memoryBytes: values.journal.memory,
      sync: values.journal.sync,
      minFreeBytes: values.retention.min_free_disk,
      minFreeFraction: values.retention.min_free_fraction,
    },
    retentionBodiesMs: values.retention.bodies === "forever" ? undefined : values.retention.bodies,
    clientNames: new Map(values.client_names.map(toClientName)),
    prices: toPriceOptions(configuration),
    demo: false,
    offline: values.offline,
    childCommand: toOwnCommand,
    emit: context.emit,
  };
}

/** A name has no `=`; a key may end in one. */
function toClientName(pair: string): [key: string, name: string] {
  const at = pair.lastIndexOf("=");
  return [pair.slice(0, at).trim(), pair.slice(at + 1).trim()];
}

/** What `openPrices` and the two processes that use prices need. */
export function toPriceOptions({ values, configDirectory }: Configuration): PriceOptions {
  const { pricing } = values;
  const outgoing = toOutgoing(values);
  const proxyUrl = findOutgoingProxy(pricing.url, outgoing);
  return {
    directories: [configDirectory, values.data_dir],
    ...(pricing.overrides_json === undefined ? {} : { overridesJson: pricing.overrides_json }),
    ...(pricing.aliases_json === undefined ? {} : { aliasesJson: pricing.aliases_json }),
    cacheFile: pricing.cache ?? join(values.data_dir, "pricing-cache.jsonl"),
    maxAgeMs: pricing.max_age,
    ...(values.offline || !pricing.live
      ? {}
      : {
          live: {
            url: pricing.url,
            everyMs: pricing.refresh_interval,
            freshMs: pricing.cache_ttl,
            ...(proxyUrl === undefined ? {} : { proxyUrl }),
            ...(outgoing.ca === undefined ? {} : { ca: outgoing.ca }),
          },
        }),
    backfill: {
      everyMs: pricing.backfill_interval,
      lookbackMs: pricing.backfill_lookback,
      chunkSize: pricing.backfill_chunk,
    },
  };
}

function toOutgoing(values: Settings): OutgoingNetwork {
  return {
    ...(values.https_proxy === undefined ? {} : { proxyUrl: values.https_proxy }),
    noProxy: values.no_proxy ?? [],
    ...(values.ca_file === undefined ? {} : { ca: readFileSync(values.ca_file, "utf8") }),
  };
}
