/** @module Where requests may go, as people see it: upstreams, model routes and settings, each with its source. No secrets. */

/** `catalogue` comes with the program; only what is `stored` can be changed through the API. */
export type RoutingSource = "catalogue" | "config" | "providers.json" | "models file" | "stored";

/** Why a stored object has no effect. */
export type Unused = {
  readonly hidden_by?: string;
  readonly problem?: string;
};

export type UpstreamFacts = Unused & {
  readonly id: string;
  readonly aliases: readonly string[];
  readonly source: RoutingSource;
  /** The catalogue has this id, too. */
  readonly in_catalogue: boolean;
  /** Where it stands when it is not stored: what must be changed to change it. */
  readonly read_only_by: string | null;
  /** False for a stored one that is switched off, hidden or unfit. */
  readonly in_use: boolean;
  readonly active: boolean;
  readonly type: string;
  /** Families of wire formats it is known to speak, its own first. */
  readonly dialects: readonly string[];
  readonly base_url: string | null;
  /** `preserve`, `none`, `bearer`, `x-api-key` or `header`. */
  readonly auth_mode: string;
  /** Where its credential comes from; null without one of its own. */
  readonly credential: string | null;
  readonly credential_there: boolean;
  /** The variable that holds a key for it, whether it is used or not; null when none is known. */
  readonly key_env: string | null;
  readonly key_there: boolean;
  readonly local: boolean;
  /** Its OpenAI-style or Anthropic paths can be reached under `/v1` of the root. */
  readonly serves_root: boolean;
  /** As it is stored; null for all others. */
  readonly settings: Readonly<Record<string, unknown>> | null;
  /** Root paths that are its own, and the models it is limited to there; entries of providers.json only. */
  readonly paths?: readonly string[];
  readonly models?: readonly string[];
};

export type RouteTargetFacts = {
  readonly upstream: string;
  readonly url: string | null;
  readonly upstream_model: string | null;
  readonly credential: string | null;
  readonly credential_there: boolean;
  readonly weight: number | null;
};

export type RouteFacts = Unused & {
  /** Of stored ones the model; of others where they stand. */
  readonly id: string;
  readonly model: string;
  readonly match_type: "exact" | "prefix";
  readonly priority: number;
  readonly active: boolean;
  readonly in_use: boolean;
  readonly strip_namespace: boolean;
  /** Compatibility fixes of its own; null where it says nothing of them and the upstream's hold. */
  readonly fixes: readonly string[] | null;
  readonly source: RoutingSource;
  readonly read_only_by: string | null;
  readonly targets: readonly RouteTargetFacts[];
  /** Made from a price row and not edited since. */
  readonly generated: boolean;
  /** As it is stored; null for all others. */
  readonly settings: Readonly<Record<string, unknown>> | null;
};

/** A compatibility fix that can be switched on. */
export type FixFacts = {
  readonly id: string;
  readonly name: string;
  readonly description: string;
  /** What switching it on may cost. */
  readonly risk: string;
};

/** A value that can be stored, and where it comes from now. */
export type SettingFacts = {
  readonly key: string;
  readonly value: string | number | boolean | readonly string[] | null;
  /** `default`, `stored settings`, `environment X`, `flag --x`, or file and line. */
  readonly source: string;
  /** What sets it from above the store; null when it can be changed. */
  readonly fixed_by: string | null;
  readonly stored: boolean;
};

export type RoutingFacts = {
  readonly upstreams: readonly UpstreamFacts[];
  /** In the order in which they are tried, unused ones last. */
  readonly routes: readonly RouteFacts[];
  readonly settings: readonly SettingFacts[];
  /** Price rows whose generated route was deleted. */
  readonly removed_seeds: readonly string[];
  readonly fixes: readonly FixFacts[];
};

/** Settings that can be stored. */
export const STORED_SETTINGS = ["upstream", "fallback.upstream", "fallback.model", "default_fixes"] as const;
