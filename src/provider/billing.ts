/** @module Whether a request is paid by the token or under a subscription, told from its credential. */

import type { Billing } from "../domain/money.ts";

/**
 * Account tokens are told by their look: Claude OAuth tokens begin `sk-ant-oat`; ChatGPT account tokens are JWTs
 * and come with `chatgpt-account-id`. Sources: requests of Claude Code and Codex CLI recorded 2026-11-21.
 */
export function findBilling(authorization: string | null, chatgptAccountId: string | null): Billing {
  if (chatgptAccountId !== null) return "subscription";
  if (authorization === null) return "metered";
  return authorization.includes("sk-ant-oat") ? "subscription" : "metered";
}
