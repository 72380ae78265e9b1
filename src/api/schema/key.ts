/** @module Shapes of managed keys: what makes and changes one, and how it is answered, under the names of agent-cli-proxy. */

import { z } from "zod";

import { ALLOWED_MODEL } from "../../domain/key.ts";
import type { ApiKey } from "../contract.ts";
import { parseTime } from "../period.ts";

const text = z.string().nullable();
const list = z.array(z.string()).nullable();

const listed = z.string().trim().min(1, "a text").max(200, "at most 200 characters");
const listOf = (item: z.ZodString) =>
  z
    .array(item, "a list of texts, or null")
    .min(1, "a list with at least one text; null lifts the restriction")
    .max(200, "at most 200 texts")
    .nullable()
    .optional();
const names = listOf(listed);
const models = listOf(listed.regex(ALLOWED_MODEL, "a name of a model, or its beginning with one * behind it"));

const expected = "a whole number from 1 to 1000000000, or null";
const perMinute = z.int(expected).min(1, expected).max(1_000_000_000, expected).nullable().optional();

const name = z
  .string("name is required")
  .trim()
  .min(1, "name is required")
  .max(100, "at most 100 characters")
  .regex(/^\P{Cc}*$/u, "a text without control characters");

const moment = z
  .union([z.int(), z.string()])
  .transform((value, context) => {
    const epochMs = typeof value === "number" ? value : parseTime(value, "UTC", "fromMs");
    if (epochMs !== undefined && Number.isSafeInteger(epochMs) && epochMs > 0) return epochMs;
    context.addIssue({
      code: "custom",
      message: "a time: epoch milliseconds or ISO 8601 (UTC unless it says otherwise), or null",
    });
    return z.NEVER;
  })
  .nullable()
  .optional();

const rules = {
  allowed_providers: names.describe("Ids of providers or upstreams; null or absent: all."),
  allowed_models: models.describe("Names of models, or their beginning with `*` behind it; null or absent: all."),
  allowed_accounts: names.describe("Accounts at the provider. Kept, not enforced."),
  expires_at: moment.describe("Epoch milliseconds or ISO 8601 (UTC unless it says otherwise); null or absent: never."),
  requests_per_minute: perMinute,
  tokens_per_minute: perMinute,
};

export const keyParams = z.object({ id: z.string() });

export const newKey = z.strictObject({ name, ...rules });

export const keyChange = z.strictObject({ name: name.optional(), ...rules });

const row = {
  id: z.string(),
  keyPrefix: z.string().describe("The first 8 characters of the key."),
  last4: z.string(),
  name: z.string(),
  createdAt: z.string(),
  revokedAt: text,
  expiresAt: text,
  lastUsedAt: text.describe("Null for a key that was never used."),
  requestCount: z.number(),
  totalTokens: z.number(),
  totalCostUsd: z.number().nullable().describe("Null where no request has a price."),
  unpricedRequests: z.number().describe("Requests whose cost is unknown and in no sum."),
  allowedAccounts: list,
  allowedProviders: list,
  allowedModels: list,
  requestsPerMinute: z.number().nullable(),
  tokensPerMinute: z.number().nullable(),
};

export const keyRow = z
  .object(row)
  .meta({ id: "ApiKey", description: "A managed key, without its text." }) satisfies z.ZodType<ApiKey>;

export const keyList = z.object({ apiKeys: z.array(keyRow) });

export const createdKey = z.object({ ...row, key: z.string().describe("The key itself, shown this once.") });

export const keyUse = z.object({
  id: z.string(),
  requestCount: z.number(),
  totalTokens: z.number(),
  totalCostUsd: z.number().nullable().describe("Null where no request has a price."),
  unpricedRequests: z.number().describe("Requests whose cost is unknown and in no sum."),
  lastUsedAt: text,
});
