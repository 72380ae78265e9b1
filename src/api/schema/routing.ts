/** @module Shapes of upstreams, model routes and the settings around them. */

import { z } from "zod";

const source = z.enum(["catalogue", "config", "providers.json", "models file", "stored"]);
const settings = z
  .record(z.string(), z.unknown())
  .nullable()
  .describe("As it is stored; null for what stands in a file or in the catalogue.");
const readOnlyBy = z.string().nullable().describe("Where it stands, when it cannot be changed here.");
const hiddenBy = z.string().optional().describe("What is used instead of this stored one.");
const problem = z.string().optional().describe("Why this stored one is left out.");

export const upstreamFacts = z
  .object({
    id: z.string(),
    aliases: z.array(z.string()),
    source,
    in_catalogue: z.boolean().describe("The program knows an upstream of this id by itself."),
    read_only_by: readOnlyBy,
    in_use: z.boolean(),
    active: z.boolean(),
    type: z.string(),
    dialects: z.array(z.string()).describe("Families of wire formats it is known to speak, its own first."),
    base_url: z.string().nullable(),
    auth_mode: z.string(),
    credential: z.string().nullable().describe("Where its own credential comes from; never the credential."),
    credential_there: z.boolean(),
    key_env: z.string().nullable().describe("The variable that customarily holds a key for it."),
    key_there: z.boolean(),
    local: z.boolean(),
    serves_root: z.boolean().describe("It can serve `/v1` of the root."),
    settings,
    paths: z.array(z.string()).exactOptional().describe("Root paths that are its own."),
    models: z.array(z.string()).exactOptional().describe("Beginnings of models it is limited to there."),
    hidden_by: hiddenBy,
    problem,
  })
  .meta({ id: "Upstream" });

export const routeFacts = z
  .object({
    id: z.string().describe("Of stored ones the model; of others where they stand."),
    model: z.string(),
    match_type: z.enum(["exact", "prefix"]),
    priority: z.number(),
    active: z.boolean(),
    in_use: z.boolean(),
    strip_namespace: z.boolean(),
    fixes: z
      .array(z.string())
      .nullable()
      .describe("Compatibility fixes of its own; null where those of the upstream hold."),
    source,
    read_only_by: readOnlyBy,
    targets: z.array(
      z.object({
        upstream: z.string(),
        url: z.string().nullable(),
        upstream_model: z.string().nullable(),
        credential: z.string().nullable(),
        credential_there: z.boolean(),
        weight: z.number().nullable(),
      }),
    ),
    generated: z.boolean().describe("Made from a price row and not edited since."),
    settings,
    hidden_by: hiddenBy,
    problem,
  })
  .meta({ id: "ModelRoute" });

export const fixFacts = z
  .object({
    id: z.string(),
    name: z.string(),
    description: z.string(),
    risk: z.string().describe("What switching it on may cost."),
  })
  .meta({ id: "Fix" });

export const settingFacts = z
  .object({
    key: z.string(),
    value: z.union([z.string(), z.number(), z.boolean(), z.array(z.string())]).nullable(),
    source: z.string(),
    fixed_by: z.string().nullable().describe("The flag, variable or file that sets it from above the store."),
    stored: z.boolean(),
  })
  .meta({ id: "Setting" });

export const deleted = z.object({ deleted: z.literal(true) });
