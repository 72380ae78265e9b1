/** @module Shapes of the configuration in answers: the fields of agent-cli-proxy, with ours beside. */

import { z } from "zod";

export const configAnswer = z
  .object({
    proxy: z.object({
      host: z.string(),
      port: z.number(),
      addresses: z.array(z.string()),
      tls: z.boolean(),
      proxyRequireApiKey: z.boolean(),
      trustProxyHeaders: z.boolean(),
    }),
    upstream: z.object({
      cliProxyApiUrl: z.string().nullable().describe("Base URL of the default upstream."),
      id: z.string().nullable().describe("Its id."),
      timeoutMs: z.number().describe("To the head of an answer."),
      connectTimeoutMs: z.number(),
      maxRetries: z.number().describe("At one upstream, where that is safe; a route with several tries the next one."),
    }),
    intervals: z.object({
      pricingRefreshMs: z.number().nullable(),
      costBackfillMs: z.number(),
      quotaRefreshMs: z.number().nullable(),
    }),
    features: z.object({
      hasAdminApiKey: z.boolean(),
      hasMgmtKey: z.boolean(),
      hasAuthDir: z.boolean(),
      hasDashboardPassword: z.boolean(),
    }),
    settings: z
      .array(z.object({ key: z.string(), value: z.string(), source: z.string() }))
      .describe("Every setting with where it comes from; what may be a credential is left out."),
  })
  .meta({ id: "Configuration" });

export const providersAnswer = z
  .object({
    providers: z.array(
      z.object({
        id: z.string(),
        type: z.string(),
        paths: z.array(z.string()),
        models: z.array(z.string()),
        hasCustomUpstream: z.boolean(),
        inUse: z.boolean(),
      }),
    ),
    source: z.object({
      source: z.enum(["built-in", "PROVIDERS_JSON", "PROVIDERS_CONFIG_PATH"]),
      configPath: z.string().exactOptional(),
      lastLoadedAt: z.string(),
    }),
  })
  .meta({ id: "Providers" });
