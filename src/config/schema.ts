/** @module Every key of the configuration: its name, type, default and meaning, in one schema. */

import { z } from "zod";

import { doorKeys } from "./door-keys.ts";
import { CAPTURE_MODES, choice, count, database, fixes, flag, list, path, proxyUrl, text } from "./field.ts";
import { pricingSchema } from "./pricing-keys.ts";
import { providerSchema } from "./provider-schema.ts";
import { duration, keepFor, size } from "./quantity.ts";
import type { ValueMeta } from "./value-meta.ts";

/** The whole configuration. Durations are milliseconds and sizes bytes once parsed. */
export const settingsSchema = z.strictObject({
  host: text()
    .prefault("127.0.0.1")
    .describe(
      "Address to listen on. Unset or `localhost`, both loopback addresses are used: 127.0.0.1 and ::1. Any other address needs a managed key first, see [security.md](security.md#beyond-this-machine).",
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
        .describe("From the last piece of the request to the head of the answer. Models may think for minutes."),
      stream_first_byte: duration()
        .exactOptional()
        .describe("As `timeouts.first_byte`, for requests that ask for a stream. The same by default."),
      idle: duration()
        .prefault("10m")
        .describe("Between two pieces of an answer, or of a request that the upstream waits for."),
      total: duration()
        .exactOptional()
        .describe(
          "From the forwarded request to the end of an answer that is no stream, without the time in which the client does not read. No limit by default.",
        ),
      stream_total: duration().exactOptional().describe("As `timeouts.total`, for streams. No limit by default."),
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
      failure_rate: z
        .number()
        .min(0)
        .max(1)
        .meta({ kind: "number", expects: "a number from 0 (never) to 1" } satisfies ValueMeta)
        .prefault(0)
        .describe(
          "Part of an upstream's answers within `breaker.window` that must fail for it to rest, too; 0.5 is every second one.",
        ),
      window: duration(1000).prefault("60s").describe("Time over which `breaker.failure_rate` is measured."),
      min_requests: count(1, 1_000_000)
        .prefault(20)
        .describe("Answers within `breaker.window` below which `breaker.failure_rate` says nothing."),
      half_open_after: duration()
        .prefault("30s")
        .describe("How long an upstream rests before one request may find out whether it is well."),
      evict_after: duration()
        .prefault("5m")
        .describe("After so long without use a sound upstream's breaker is forgotten."),
    })
    .prefault({}),
  retries: count(0, 100)
    .prefault(2)
    .describe(
      "Further tries of a request that the upstream cannot have begun: no connection, or an old one closed under it; for GET, HEAD, OPTIONS, PUT and DELETE any failure before the answer. See [resilience.md](resilience.md#retries).",
    ),
  rate_limit_retries: count(0, 100)
    .prefault(0)
    .describe(
      "Further tries after a 429, or after a 503 that says when to come back. Off by default: most clients do it themselves.",
    ),
  retry_max_wait: duration()
    .prefault("60s")
    .describe("Longest wait before a further try. An answer that asks for more goes to the client at once."),
  ...doorKeys,
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
  default_fixes: fixes()
    .prefault([])
    .describe(
      "Compatibility fixes for answers of the default upstream and the fallback, where no route decided. See [routing.md](routing.md#compatibility-fixes).",
    ),
  merged_models: flag()
    .prefault(false)
    .describe(
      "`GET /v1/models` lists the models of all routed upstreams instead of the default one's. See [routing.md](routing.md#one-list-of-models).",
    ),
  merged_models_timeout: duration().prefault("5s").describe("How long an upstream may take to tell its models."),
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
