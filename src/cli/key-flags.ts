/** @module The arguments of `modeltap keys`: what to do with which key, as the api takes it. */

import { parseDuration } from "../config/unit.ts";
import { ALLOWED_MODEL } from "../domain/key.ts";
import { UsageError } from "./parse.ts";
import { PLACE_USAGE } from "./place-flags.ts";

/** Body of a new key, under the api's names. */
export type NewKeyBody = {
  readonly name: string;
  readonly allowed_providers?: readonly string[];
  readonly allowed_models?: readonly string[];
  readonly expires_at?: number;
  readonly requests_per_minute?: number;
  readonly tokens_per_minute?: number;
};

export type KeyCommand =
  | { readonly verb: "help" }
  | { readonly verb: "create"; readonly body: NewKeyBody }
  | { readonly verb: "list"; readonly json: boolean }
  | { readonly verb: "revoke"; readonly id: string };

const USAGE = `usage: modeltap keys create NAME [--providers ID,…] [--models NAME,…] [--expires 30d] [--rpm N] [--tpm N]
       modeltap keys list [--json]
       modeltap keys revoke ID
       each with ${PLACE_USAGE}, which say whose keys are meant`;

/** What `modeltap keys --help` prints. */
export const KEYS_HELP = `${USAGE}

create   makes a key for a client and prints it, once
  --providers ID,…   providers or upstreams it may use; all without
  --models NAME,…    models it may ask for, prefix* for all that begin so; all without
  --expires 30d      when it ends, such as 12h or 30d; never without
  --rpm N, --tpm N   requests and tokens per minute; no limit without
list     every key and what it may do, never its text
revoke   ends a key, at once and for ever
`;

/** Throws UsageError. */
export function parseKeyCommand(args: readonly string[], nowMs: number): KeyCommand {
  const [verb, subject, ...flags] = args;
  if (verb === "help" || args.some((arg) => arg === "--help" || arg === "-h")) return { verb: "help" };
  if (verb === "list" && (subject === undefined || subject === "--json") && flags.length === 0) {
    return { verb, json: subject !== undefined };
  }
  if (subject === undefined || subject.startsWith("-")) throw new UsageError(USAGE);
  if (verb === "revoke" && flags.length === 0) return { verb, id: subject };
  if (verb !== "create") throw new UsageError(USAGE);
  const body: Record<string, unknown> = { name: subject };
  for (let at = 0; at < flags.length; at += 2) {
    const [flag = "", value] = [flags[at], flags[at + 1]];
    if (value === undefined) throw new UsageError(`${flag} needs a value\n${USAGE}`);
    if (flag === "--providers") body["allowed_providers"] = toList(value);
    else if (flag === "--models") body["allowed_models"] = toModels(value);
    else if (flag === "--rpm") body["requests_per_minute"] = toCount(flag, value);
    else if (flag === "--tpm") body["tokens_per_minute"] = toCount(flag, value);
    else if (flag === "--expires") body["expires_at"] = nowMs + toDuration(value);
    else throw new UsageError(`there is no flag ${flag}\n${USAGE}`);
  }
  // Built above under these very names.
  return { verb, body: body as NewKeyBody };
}

function toList(value: string): string[] {
  return value.split(",").flatMap((item) => item.trim() || []);
}

function toModels(value: string): string[] {
  const models = toList(value);
  const wrong = models.find((model) => !ALLOWED_MODEL.test(model));
  if (wrong === undefined) return models;
  throw new UsageError(`--models: ${JSON.stringify(wrong)} would match no model: a * may stand at the end only`);
}

function toCount(flag: string, value: string): number {
  if (/^[1-9]\d{0,8}$/.test(value)) return Number(value);
  throw new UsageError(`${flag} must be a whole number from 1`);
}

function toDuration(value: string): number {
  const durationMs = /^\d+$/.test(value) ? undefined : parseDuration(value);
  if (durationMs === undefined || durationMs === 0) throw new UsageError("--expires must be a time such as 12h or 30d");
  return durationMs;
}
