/** @module `/admin/config` and `/admin/providers`: what modeltap runs with, in the words of agent-cli-proxy and without secrets. */

import type { ConfigSummary } from "../domain/config-summary.ts";
import type { UpstreamFacts } from "../domain/routing-facts.ts";
import { type Endpoint, endpoint } from "./endpoint.ts";
import { ApiError } from "./error.ts";
import type { RoutingBoard } from "./routing-board.ts";
import { configAnswer, providersAnswer } from "./schema/config.ts";

export type ConfigurationParts = {
  /** Absent in a process that nobody told. */
  readonly summary: ConfigSummary | undefined;
  readonly routing: RoutingBoard;
};

export function createConfigurationEndpoints({ summary, routing }: ConfigurationParts): readonly Endpoint[] {
  const get = (): ConfigSummary => {
    if (summary === undefined) throw new ApiError("not_found", "This process was started without a configuration.");
    return summary;
  };
  return [
    endpoint({
      method: "get",
      path: "/admin/config",
      tag: "configuration",
      summary: "What modeltap runs with.",
      answer: configAnswer,
      errors: ["not_found", "recorder_unavailable"],
      handle() {
        const own = get();
        const named = routing.facts.settings.find(({ key }) => key === "upstream")?.value;
        const upstream = routing.facts.upstreams.find(
          ({ id, aliases, in_use: isInUse }) => isInUse && (id === named || aliases.some((alias) => alias === named)),
        );
        return {
          proxy: {
            host: own.host,
            port: own.port,
            addresses: own.addresses,
            tls: own.tls,
            proxyRequireApiKey: own.requireKey,
            trustProxyHeaders: own.trustProxyHeaders,
          },
          upstream: {
            cliProxyApiUrl: upstream?.base_url ?? null,
            id: upstream?.id ?? null,
            timeoutMs: own.firstByteTimeoutMs,
            connectTimeoutMs: own.connectTimeoutMs,
            maxRetries: own.maxRetries,
          },
          intervals: {
            pricingRefreshMs: own.priceRefreshMs,
            costBackfillMs: own.costBackfillMs,
            quotaRefreshMs: null,
          },
          features: {
            hasAdminApiKey: own.hasAdminKey,
            hasMgmtKey: false,
            hasAuthDir: false,
            hasDashboardPassword: own.hasPassword,
          },
          settings: own.settings,
        };
      },
    }),
    endpoint({
      method: "get",
      path: "/admin/providers",
      tag: "configuration",
      summary: "Providers with what they are limited to.",
      answer: providersAnswer,
      errors: ["not_found", "recorder_unavailable"],
      handle() {
        const { upstreams } = routing.facts;
        const { providersFile, hasProvidersJson } = get();
        const file = providersFile === null ? ("built-in" as const) : ("PROVIDERS_CONFIG_PATH" as const);
        return {
          providers: upstreams.map(toProvider),
          source: {
            source: hasProvidersJson ? ("PROVIDERS_JSON" as const) : file,
            ...(providersFile === null ? {} : { configPath: providersFile }),
            lastLoadedAt: new Date(routing.toldAtMs).toISOString(),
          },
        };
      },
    }),
  ];
}

function toProvider(facts: UpstreamFacts) {
  return {
    id: facts.id,
    type: facts.type === "openai" ? "openai-compatible" : facts.type,
    paths: facts.paths ?? [],
    models: facts.models ?? [],
    hasCustomUpstream: facts.source !== "catalogue",
    inUse: facts.in_use,
  };
}
