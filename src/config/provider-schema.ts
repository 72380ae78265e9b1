/** @module The keys of one provider. */

import { z } from "zod";

import { authMode, baseUrl, CAPTURE_MODES, choice, fields, fixes, flag, list, path, text, variable } from "./field.ts";
import { FIELD_NAME } from "./json-check.ts";
import { duration, size } from "./quantity.ts";
import type { ValueMeta } from "./value-meta.ts";

/** `[providers.<id>]`: what is changed in a row of the catalogue, or all of an upstream of the user's own. */
export const providerSchema = z.strictObject({
  base_url: baseUrl()
    .exactOptional()
    .describe(
      "The part of the upstream's URL before the path that clients send. Required for a provider that is not in the catalogue; its own base URL otherwise.",
    ),
  include_usage: choice(["auto", "never"])
    .exactOptional()
    .describe(
      "`auto` asks an OpenAI-type upstream for the usage of a stream when the client left it open; `never` leaves the request as it is. The catalogue's own choice by default.",
    ),
  capture: choice(CAPTURE_MODES).exactOptional().describe("As `capture`, for this provider."),
  capture_body_max: size().exactOptional().describe("As `capture_body_max`, for this provider."),
  local: flag()
    .exactOptional()
    .describe("Runs on your own machines: its traffic costs 0. The catalogue's own choice by default."),
  tls_insecure: flag()
    .prefault(false)
    .describe("Accept any certificate of this upstream. Anyone on the way can then read and change its traffic."),
  type: choice(["openai", "anthropic", "gemini", "ollama"])
    .exactOptional()
    .describe(
      "Wire format of a provider of your own, `openai` by default. An `anthropic` one gets `anthropic-version: 2023-06-01` where the client sent none.",
    ),
  provider: text()
    .exactOptional()
    .describe(
      "Provider that this upstream is a further one of: whose rows and prices it belongs to. Itself by default.",
    ),
  fallbacks: list("a list of provider ids", /^[a-z0-9][a-z0-9._-]*$/i)
    .prefault([])
    .describe(
      "Upstreams of the same provider that are tried in turn when this one fails. See [routing.md](routing.md#failover).",
    ),
  auth: z
    .strictObject({
      mode: authMode()
        .exactOptional()
        .describe(
          "Whose credential the upstream gets. `preserve`, the default, passes the client's own; `none` sends none; `bearer`, `x-api-key` and `header:<name>` send the one in `auth.env` or `auth.file`, and never the client's.",
        ),
      env: variable()
        .exactOptional()
        .describe("Name of the environment variable that holds the credential. It may stand in the `.env` files, too."),
      file: path().exactOptional().describe("File that holds the credential; read anew when it changes."),
      header: z
        .string()
        .trim()
        .regex(FIELD_NAME)
        .meta({ kind: "text", expects: "the name of a header field" } satisfies ValueMeta)
        .exactOptional()
        .describe("Field the credential is sent in; `authorization` for `bearer`, `x-api-key` for `x-api-key`."),
    })
    .prefault({}),
  headers: z
    .strictObject({
      set: fields().prefault({}).describe("Fields that every request to this upstream gets, whatever the client sent."),
      remove: list("a list of header names", FIELD_NAME)
        .prefault([])
        .describe("Fields that are taken out of every request to this upstream."),
      default: fields().prefault({}).describe("Fields that a request gets where the client sent none of this name."),
    })
    .prefault({}),
  timeouts: z
    .strictObject({
      connect: duration().exactOptional().describe("As `timeouts.connect`, for this provider."),
      first_byte: duration().exactOptional().describe("As `timeouts.first_byte`, for this provider."),
      stream_first_byte: duration().exactOptional().describe("As `timeouts.stream_first_byte`, for this provider."),
      idle: duration().exactOptional().describe("As `timeouts.idle`, for this provider."),
      total: duration().exactOptional().describe("As `timeouts.total`, for this provider."),
      stream_total: duration().exactOptional().describe("As `timeouts.stream_total`, for this provider."),
    })
    .prefault({}),
  max_held_body: size(1024).exactOptional().describe("As `max_held_body`, for this provider."),
  fixes: fixes()
    .exactOptional()
    .describe(
      "Compatibility fixes for answers of this provider, in this order; instead of `default_fixes` where it is the default one. See [routing.md](routing.md#compatibility-fixes).",
    ),
});
