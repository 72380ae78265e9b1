/** @module From who sent a request and what its turn did to the columns of an exchange. */

import type { Exchange } from "../domain/exchange.ts";
import type { HeadEntry, ResponseHeadEntry } from "../journal/entry.ts";
import type { Identity } from "../session/identify.ts";
import { readRateLimits } from "../session/rate-limit.ts";
import type { ExchangeReading } from "./open-exchange.ts";

/** More calls or results than this in one turn are left out of the row; the bodies have them. */
const MAX_LISTED = 100;

type IdentityColumns = Pick<
  Exchange,
  | "tool"
  | "toolEvidence"
  | "client"
  | "clientEvidence"
  | "credentialHash"
  | "run"
  | "tags"
  | "sessionId"
  | "parentSessionId"
  | "sessionEvidence"
  | "sessionInferred"
>;

/** Columns that the request itself gives. A session that must be looked for comes later, from the session book. */
export function toIdentityColumns(head: HeadEntry, identity: Identity | undefined): IdentityColumns {
  const { credentialHash } = head;
  const credential = credentialHash === undefined ? {} : { credentialHash };
  if (identity === undefined) return credential;
  const { tool, toolEvidence, client, clientEvidence, run, tags, question } = identity;
  return {
    ...credential,
    ...(tool === undefined ? {} : { tool }),
    ...(toolEvidence === undefined ? {} : { toolEvidence }),
    ...(client === undefined ? {} : { client }),
    ...(clientEvidence === undefined ? {} : { clientEvidence }),
    ...(run === undefined ? {} : { run }),
    ...(tags === undefined ? {} : { tags }),
    ...(question?.by === "session"
      ? {
          sessionId: question.sessionId,
          ...(question.parentSessionId === undefined ? {} : { parentSessionId: question.parentSessionId }),
          sessionEvidence: question.evidence,
          sessionInferred: false,
        }
      : {}),
  };
}

type TurnColumns = Pick<Exchange, "toolCalls" | "toolResults" | "toolRetry" | "rateLimits">;

/** Tools called and answered, and what is left of the provider's limits. */
export function toTurnColumns(
  { identity, reply }: ExchangeReading,
  responseHead: ResponseHeadEntry | undefined,
): TurnColumns {
  const calls = reply?.toolCalls ?? [];
  const results = identity?.toolResults ?? [];
  const limits = readRateLimits(responseHead?.headers);
  const [first] = calls;
  const isRetry = first !== undefined && results.some(({ name, isError }) => isError === true && name === first.name);
  return {
    ...(calls.length === 0 ? {} : { toolCalls: calls.slice(0, MAX_LISTED) }),
    ...(results.length === 0 ? {} : { toolResults: results.slice(0, MAX_LISTED) }),
    ...(isRetry ? { toolRetry: true } : {}),
    ...(limits.length === 0 ? {} : { rateLimits: limits }),
  };
}
