/** @module Shapes of what the proxy process tells of itself. */

import { z } from "zod";

export const statusAnswer = z
  .object({
    status: z.looseObject({}).nullable().describe("What the proxy process last told of itself."),
    age_ms: z.number().nullable(),
    recording: z.object({ level: z.enum(["good", "warning", "bad", "unknown"]), text: z.string() }),
    last_change_seq: z.number(),
  })
  .meta({ id: "Status" });

const breaker = z
  .object({
    providerId: z.string(),
    state: z.enum(["closed", "open", "half-open"]),
    failures: z.number().describe("In a row."),
    openedAt: z.number().nullable().describe("Epoch milliseconds; null while it is closed."),
    lastActivity: z.number().describe("Epoch milliseconds."),
    opens: z.number(),
    retryAfterMs: z.number(),
    lastFailure: z.string().nullable(),
    failuresByClass: z
      .object({ connect: z.number(), timeout: z.number(), status: z.number(), broken: z.number() })
      .partial()
      .describe("Since the breaker was made."),
    window: z
      .object({ requests: z.number(), failures: z.number() })
      .nullable()
      .describe("Of the failure rate; null when that is off."),
  })
  .meta({ id: "Breaker" });

export const breakerAnswer = breaker;
export const breakerResetAnswer = z.object({ ok: z.literal(true), providerId: z.string() });
export const breakersAnswer = z.object({ breakers: z.array(breaker) });

const simulatedTarget = z.object({
  upstream: z.string(),
  provider: z.string(),
  url: z.string().nullable(),
  model: z.string().nullable(),
  endpoint: z.string().nullable(),
  credential: z.string().describe("Where the credential comes from, never the credential."),
  credential_there: z.boolean(),
  edits: z.array(z.string()),
  fixes: z.array(z.string()).describe("Compatibility fixes for the answer, in their order."),
});

export const simulationAnswer = z
  .discriminatedUnion("outcome", [
    z.object({ outcome: z.literal("own"), owner: z.string() }),
    z.object({ outcome: z.literal("refused"), status: z.number(), code: z.string(), message: z.string() }),
    z.object({
      outcome: z.literal("forwarded"),
      surface: z.string(),
      rule: z.string(),
      why: z.string(),
      targets: z
        .array(simulatedTarget)
        .describe("In the order in which they are tried; of weighted ones the first leads."),
      problem: z.string().nullable().describe("Why it would be refused nevertheless, such as a missing credential."),
    }),
  ])
  .meta({ id: "Simulation" });

export const healthAnswer = z.looseObject({ status: z.enum(["ok", "degraded"]) }).meta({ id: "Health" });

const checkResult = z
  .looseObject({
    status: z.enum(["pass", "warn", "fail"]),
    responseTime: z.number().exactOptional().describe("Milliseconds."),
    output: z.string().exactOptional().describe("What is wrong."),
  })
  .meta({ id: "CheckResult" });

export const readyAnswer = z
  .object({
    status: z.enum(["pass", "warn", "fail"]),
    checks: z.object({
      store: checkResult,
      journal: checkResult,
      recorder: checkResult,
      prices: checkResult,
      upstream: checkResult,
      loops: checkResult,
      database: checkResult.describe("As store."),
      pricing: checkResult.describe("As prices."),
      supervisor: checkResult.describe("As loops."),
    }),
  })
  .meta({ id: "Readiness" });

export const loginState = z.object({ authenticated: z.boolean(), loginConfigured: z.boolean() });
export const loginBody = z.object({ password: z.string() });
export const loginDone = z.object({ ok: z.literal(true) });
