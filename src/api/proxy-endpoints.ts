/** @module Endpoints that the proxy process answers itself, because they must answer when this process is dead: rows for the document. */

import { z } from "zod";
import type { Endpoint } from "./endpoint.ts";
import {
  breakerAnswer,
  breakerResetAnswer,
  breakersAnswer,
  healthAnswer,
  loginBody,
  loginDone,
  loginState,
  readyAnswer,
  simulationAnswer,
} from "./schema/status.ts";

export const PROXY_ENDPOINTS: readonly Endpoint[] = [
  {
    method: "get",
    path: "/ready",
    tag: "health",
    summary: "Whether it works. The answer is remembered for three seconds.",
    answer: readyAnswer,
    otherStatuses: { 503: "A check failed; warnings alone are 200." },
  },
  {
    method: "get",
    path: "/metrics",
    tag: "health",
    summary: "Counters, gauges and histograms as Prometheus reads them.",
    media: "text/plain; version=0.0.4",
  },
  { method: "get", path: "/health", tag: "health", summary: "The state of all parts.", answer: healthAnswer },
  { method: "get", path: "/healthz", tag: "health", summary: "As /health.", answer: healthAnswer },
  {
    method: "get",
    path: "/health/{part}",
    tag: "health",
    summary: "The state of one part, by its name in /health.",
    answer: z.unknown(),
    errors: ["not_found"],
  },
  {
    method: "get",
    path: "/admin/session",
    tag: "session",
    summary: "Whether this request is let in, and whether there is a password to log in with.",
    answer: loginState,
  },
  {
    method: "post",
    path: "/admin/session/login",
    tag: "session",
    summary: "Logs in with the password; the session is a cookie of the answer.",
    body: loginBody,
    answer: loginDone,
    errors: ["login_not_configured", "login_failed", "login_limited"],
  },
  {
    method: "post",
    path: "/admin/session/logout",
    tag: "session",
    summary: "Takes the session's cookie away.",
    answer: loginDone,
  },
  {
    method: "get",
    path: "/admin/breakers",
    tag: "upstreams",
    summary: "The circuit breakers that were used.",
    answer: breakersAnswer,
  },
  {
    method: "get",
    path: "/admin/breakers/{id}",
    tag: "upstreams",
    summary: "One circuit breaker.",
    answer: breakerAnswer,
    errors: ["not_found"],
  },
  {
    method: "post",
    path: "/admin/breakers/{id}/reset",
    tag: "upstreams",
    summary: "Closes a circuit breaker.",
    answer: breakerResetAnswer,
    errors: ["not_found"],
  },
  {
    method: "post",
    path: "/admin/api/reload",
    tag: "upstreams",
    summary: "Reads the configuration files again.",
    answer: z.object({
      reloaded: z.boolean(),
      problems: z.array(z.string()),
      needs_restart: z
        .array(z.string())
        .describe("Keys that differ from those modeltap started with, and are not in use."),
    }),
    otherStatuses: { 409: "There are problems; everything stays as it was." },
  },
  {
    method: "get",
    path: "/admin/api/routes/simulate",
    tag: "upstreams",
    summary: "What would happen to a request; nothing is sent.",
    query: z.strictObject({
      path: z.string().describe("With its leading slash."),
      method: z.string().optional().describe("POST if absent."),
      model: z.string().optional().describe("As a body would name it."),
      provider: z.string().optional().describe("The body's field `provider`."),
      stream: z.enum(["true", "false"]).optional().describe("Whether the body asks for a stream."),
      header: z.string().optional().describe("`name:value`; may be given more than once."),
    }),
    answer: simulationAnswer,
    errors: ["bad_parameter"],
  },
];
