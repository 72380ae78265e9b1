/** @module The configuration as the api shows it. */

import { join } from "node:path";
import type { Configuration } from "./config/load.ts";
import type { ConfigSummary } from "./domain/config-summary.ts";
import { listSettings } from "./settings-list.ts";

/** Addresses and the port are known when it listens. */
export function toConfigSummary(configuration: Configuration): ConfigSummary {
  const { values, hosts, providerEntries } = configuration;
  const hasProvidersJson = values.providers_json !== undefined;
  const file = values.providers_file ?? join(configuration.configDirectory, "providers.json");
  return {
    host: hosts[0] ?? values.host,
    port: values.port,
    addresses: [],
    tls: values.tls_cert !== undefined,
    requireKey: values.require_api_key,
    trustProxyHeaders: values.trust_proxy_headers,
    hasAdminKey: values.admin_api_key !== undefined,
    hasPassword: values.dashboard.password_hash !== undefined,
    firstByteTimeoutMs: values.timeouts.first_byte,
    connectTimeoutMs: values.timeouts.connect,
    maxRetries: values.retries,
    priceRefreshMs: values.offline || !values.pricing.live ? null : values.pricing.refresh_interval,
    costBackfillMs: values.pricing.backfill_interval,
    providersFile: hasProvidersJson || providerEntries.length === 0 ? null : file,
    hasProvidersJson,
    settings: listSettings(configuration),
  };
}
