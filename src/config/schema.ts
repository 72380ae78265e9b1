/** @module Every key of the configuration: its name, type, default and meaning, in one schema. */

import { z } from "zod";

import type { CaptureMode } from "../domain/exchange.ts";
import { parseBaseUrl, parseProxyUrl } from "./base-url.ts";
import { parseDatabase } from "./database.ts";
import { FIELD_NAME, FIELD_VALUE } from "./json-check.ts";
import { pricingSchema } from "./pricing-keys.ts";
import { duration, keepFor, size } from "./quantity.ts";
import type { ValueKind, ValueMeta } from "./value-meta.ts";

const CAPTURE_MODES = ["full", "metadata", "off"] as const satisfies readonly CaptureMode[];

const text = () => z.string().meta({ kind: "text", expects: "text" } satisfies ValueMeta);
const path = () =>
  z
    .string()
    .min(1)
    .meta({ kind: "path", expects: "a path" } satisfies ValueMeta);
const flag = () => z.boolean().meta({ kind: "boolean", expects: "true or false" } satisfies ValueMeta);
const choice = <const Names extends readonly string[]>(names: Names) =>
  z
    .enum(names)
    .meta({ kind: "text", expects: `one of ${names.map((name) => `"${name}"`).join(", ")}` } satisfies ValueMeta);

/** A list of text; each item is checked by `item`, whose answer is what is wrong with it. */
const list = (expects: string, item: RegExp) =>
  z.array(z.string().trim().regex(item)).meta({ kind: "list", expects } satisfies ValueMeta);

const fields = () =>
  z.record(z.string().regex(FIELD_NAME), z.string().regex(FIELD_VALUE)).meta({
    kind: "table",
    expects:
      'a table of header names and texts, such as { "x-team" = "a" }, without names that belong to the connection',
  } satisfies ValueMeta);

const AUTH_MODE = /^(?:preserve|none|bearer|x-api-key|header(?::[a-z0-9!#$%&'*+.^_`|~-]+)?)$/i;
const authMode = () =>
  z
    .string()
    .trim()
    .regex(AUTH_MODE)
    .meta({
      kind: "text",
      expects: 'one of "preserve", "none", "bearer", "x-api-key", "header:<name>"',
    } satisfies ValueMeta);

/** Text that a parser turns into its one spelling, or says what is wrong with it. */
const parsed = (kind: ValueKind, expects: string, parse: (text: string) => { wrong: string } | { value: string }) =>
  z
    .string()
    .transform((value, context) => {
      const result = parse(value);
      if ("value" in result) return result.value;
      context.addIssue({ code: "custom", message: result.wrong, input: value });
      return z.NEVER;
    })
    .meta({ kind, expects } satisfies ValueMeta);

const baseUrl = () =>
  parsed("text", "an http:// or https:// URL", (value) => {
    const result = parseBaseUrl(value);
    return "url" in result ? { value: result.url } : result;
  });
const proxyUrl = () =>
  parsed("text", "the URL of an HTTP proxy", (value) => {
    const result = parseProxyUrl(value);
    return "url" in result ? { value: result.url } : result;
  });
const database = () =>
  parsed("database", "a path or a sqlite: URL", (value) => {
    const result = parseDatabase(value);
    return "path" in result ? { value: result.path } : result;
  });

/** `[providers.<id>]`. */
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
  auth: z
    .strictObject({
      mode: authMode()
        .exactOptional()
        .describe(
          "Whose credential the upstream gets. `preserve`, the default, passes the client's own; `none` sends none; `bearer`, `x-api-key` and `header:<name>` send the one in `auth.env` or `auth.file`, and never the client's.",
        ),
      env: text()
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
      idle: duration().exactOptional().describe("As `timeouts.idle`, for this provider."),
    })
    .prefault({}),
  max_held_body: size(1024).exactOptional().describe("As `max_held_body`, for this provider."),
});

/** The whole configuration. Durations are milliseconds and sizes bytes once parsed. */
export const settingsSchema = z.strictObject({
  host: text()
    .prefault("127.0.0.1")
    .describe(
      "Address to listen on. Unset or `localhost`, both loopback addresses are used: 127.0.0.1 and ::1. Only loopback addresses are allowed until managed keys exist.",
    ),
  port: z
    .int()
    .min(0)
    .max(65_535)
    .meta({ kind: "number", expects: "a whole number from 0 to 65535 (0 = any free port)" } satisfies ValueMeta)
    .prefault(8080)
    .describe("Port to listen on; 0 takes any free one."),
  data_dir: path()
    .exactOptional()
    .describe("Directory of everything modeltap keeps. One running modeltap owns it. Created with mode 0700."),
  database: database()
    .exactOptional()
    .describe(
      "The SQLite file, as a path or a `sqlite:` URL. A file that modeltap did not make is refused, never changed.",
    ),
  log_level: choice(["debug", "info", "warn", "error", "silent"])
    .prefault("info")
    .describe("Least important messages that are logged."),
  log_format: choice(["pretty", "json"])
    .exactOptional()
    .describe("Log lines for people or for programs, on standard error."),
  upstream: text().prefault("openai").describe("Provider that gets paths under `/v1` which name no provider."),
  capture: choice(CAPTURE_MODES)
    .prefault("full")
    .describe(
      "What is kept of each exchange: `full` keeps the bodies, `metadata` everything but bodies, `off` only counts.",
    ),
  capture_body_max: size()
    .prefault("16MiB")
    .describe("Most that is kept of one body. Of a longer one its head and tail are kept, and usage is still read."),
  journal_body_max: size()
    .prefault("64MiB")
    .describe("Most of one body that goes to the journal; after it only the tail is kept."),
  max_held_body: size(1024)
    .prefault("64MiB")
    .describe("Largest request body that is held in memory because a decision has to look inside."),
  body_memory: size(1024)
    .prefault("1GiB")
    .describe("Memory of all held bodies together; above it large requests get 503 `overloaded`."),
  journal: z
    .strictObject({
      max_size: size(1024 * 1024)
        .prefault("4GiB")
        .describe("Most disk the journal takes; above it the oldest bodies go first."),
      memory: size().prefault("64MiB").describe("Memory for the journal while the disk is slow or full."),
      sync: flag()
        .prefault(false)
        .describe("Wait for the disk after each write: survives a power cut, costs milliseconds per request."),
    })
    .prefault({}),
  retention: z
    .strictObject({
      bodies: keepFor().prefault("30d").describe("How long bodies are kept. Counts and costs are kept for ever."),
      min_free_disk: size().prefault("2GiB").describe("Bodies are not captured while less disk is free."),
      min_free_fraction: z
        .number()
        .min(0)
        .max(0.9)
        .meta({ kind: "number", expects: "a number from 0 to 0.9" } satisfies ValueMeta)
        .prefault(0.05)
        .describe("Bodies are not captured while a smaller part of the disk is free."),
    })
    .prefault({}),
  timeouts: z
    .strictObject({
      connect: duration().prefault("10s").describe("To connect to an upstream, TLS included."),
      first_byte: duration()
        .prefault("15m")
        .describe("From the forwarded request to the head of the answer. Models may think for minutes."),
      idle: duration().prefault("10m").describe("Between two pieces of an answer."),
      drain: duration(0).prefault("30s").describe("That running exchanges get to end when modeltap is stopped."),
    })
    .prefault({}),
  breaker: z
    .strictObject({
      open_after_failures: z
        .int()
        .min(0)
        .max(1000)
        .meta({ kind: "number", expects: "a whole number from 0 (never) to 1000" } satisfies ValueMeta)
        .prefault(5)
        .describe(
          "Failures of an upstream in a row after which it gets no requests for a while; 0 switches breakers off. Client aborts, answers under 500 and rate limits are no failures.",
        ),
      half_open_after: duration()
        .prefault("30s")
        .describe("How long an upstream rests before one request may find out whether it is well."),
      evict_after: duration()
        .prefault("5m")
        .describe("After so long without use a sound upstream's breaker is forgotten."),
    })
    .prefault({}),
  allowed_hosts: list("a list of host names, such as proxy.example or proxy.example:8080", /^[^\s/@?#]+$/)
    .prefault([])
    .describe("Names besides the loopback ones that a `Host` header may hold."),
  allowed_origins: list(
    "a list of origins, such as https://app.example, or *",
    /^(?:\*|[a-z][a-z0-9+.-]*:\/\/[^\s/@?#]+)$/i,
  )
    .prefault([])
    .describe("Web origins that may call modeltap from a browser."),
  client_names: list("a list of key=name pairs, such as sk-team-a=alice", /^.+=[^=,]+$/)
    .prefault([])
    .describe("Names of clients by the key they send, each as `key=name`. See [identity.md](identity.md#clients)."),
  tls_cert: path().exactOptional().describe("PEM file of the certificate to serve HTTPS with; needs `tls_key`."),
  tls_key: path().exactOptional().describe("PEM file of the private key of `tls_cert`."),
  ca_file: path().exactOptional().describe("PEM file of a further certificate authority that upstreams may use."),
  https_proxy: proxyUrl()
    .exactOptional()
    .describe("HTTP proxy for upstream connections. `HTTPS_PROXY` of the environment is understood, too."),
  no_proxy: list("a list of host names or subnets, such as internal.example, .example or 10.0.0.0/8", /^[^\s@?#]+$/)
    .prefault([])
    .describe("Hosts that are reached without `https_proxy`. `NO_PROXY` of the environment is understood, too."),
  pricing: pricingSchema.prefault({}),
  offline: flag().prefault(false).describe("modeltap makes no calls of its own: no prices, no update checks."),
  routes: z
    .array(z.unknown())
    .meta({ kind: "table", expects: "a list of tables, written as [[routes]]" } satisfies ValueMeta)
    .prefault([])
    .describe(
      "Model routes: which upstream a model goes to, and under which name. See [routing.md](routing.md#model-routes).",
    ),
  fallback: z
    .strictObject({
      upstream: text()
        .exactOptional()
        .describe("Upstream for models that no route knows, instead of the default one. Empty for none."),
      model: text().exactOptional().describe("Model that is asked for there instead of the requested one."),
    })
    .prefault({}),
  models_file: path()
    .exactOptional()
    .describe("JSON file of model routes in the form of llm-observe-proxy, read at the start and when it changes."),
  models_json: text().exactOptional().describe("As `models_file`, written out; the file wins."),
  providers_file: path()
    .exactOptional()
    .describe(
      "JSON file of providers in the form of agent-cli-proxy. `providers.json` in the configuration directory is read by itself.",
    ),
  providers_json: text().exactOptional().describe("As `providers_file`, written out; it wins over the file."),
  allowed_upstream_hosts: list("a list of host names, such as llm.internal or llm.internal:8443", /^[a-z0-9.:[\]-]+$/i)
    .prefault([])
    .describe("Hosts besides those of the catalogue that `/<provider>/<host>/…` may name. No wildcards."),
  providers: z.record(z.string(), providerSchema).prefault({}),
});

/** Parsed values; durations in milliseconds, sizes in bytes, paths absolute. */
export type Settings = z.output<typeof settingsSchema> & { readonly data_dir: string; readonly database: string };
