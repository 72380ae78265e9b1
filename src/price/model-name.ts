/** @module The names under which a catalogue may list a model: as it was sent, then with less and less decoration. */

import { findVendor } from "./vendor.ts";

/** One name to look up; `change` says what was taken away, in words, and is absent for the name as it was sent. */
export type ModelName = { readonly name: string; readonly change?: string };

/** Ids are short; a text longer than this is no model and not worth the work. */
const MAX_NAME_LENGTH = 300;

type Step = { readonly change: string; readonly apply: (name: string, provider: string) => string };

const FREE = "(?=(?::free)?$)";
const DATE = new RegExp(`(?:-20\\d{2}-\\d{2}-\\d{2}|[-@]20\\d{6})${FREE}`);
const LATEST = new RegExp(`(?:-latest|@latest|@default)${FREE}`);

const WITHOUT_PATH: Step = {
  change: "without its path",
  // `models/x`, `publishers/google/models/x`, `arn:aws:bedrock:…:inference-profile/x`
  apply: (name) => name.replace(/^(?:arn:[^/]*\/|(?:.*\/)?models\/)/i, ""),
};

const WITHOUT_NAMESPACE: Step = {
  change: "without its name space",
  apply: (name, provider) => {
    const slash = name.indexOf("/");
    const namespaces = findVendor(provider === "vertex" ? "gemini" : provider)?.namespaces ?? [];
    return slash > 0 && namespaces.includes(name.slice(0, slash).toLowerCase()) ? name.slice(slash + 1) : name;
  },
};

const WITHOUT_SUFFIX: Step = {
  change: "without its suffix",
  apply: (name) => {
    // A fine-tuned model `ft:base:org::id` has the price of `ft:base`, never that of `base`.
    if (name.startsWith("ft:")) return name.split(":", 2).join(":");
    return name.replace(/:(?!free$)[^:/]+$/, "");
  },
};

const WITHOUT_VERSION: Step = { change: "without its version", apply: (name) => name.replace(/-v\d+:\d+$/, "") };
const WITHOUT_DATE: Step = { change: "without its date", apply: (name) => name.replace(DATE, "") };
const WITHOUT_LATEST: Step = { change: "without -latest", apply: (name) => name.replace(LATEST, "") };

const WITHOUT_REGION: Step = {
  change: "without its region, whose price may be 10 % higher",
  apply: (name) => name.replace(/^(?:us|eu|apac|global|au|jp)\./i, ""),
};

const STEPS = [WITHOUT_PATH, WITHOUT_NAMESPACE, WITHOUT_SUFFIX, WITHOUT_DATE, WITHOUT_LATEST];
// The region goes last: a row of the same region is right, one without may not be.
const BEDROCK_STEPS = [WITHOUT_PATH, WITHOUT_VERSION, WITHOUT_DATE, WITHOUT_REGION];

/** Names in the order to try, the one that was sent first; none is ever a shorter model's name. At most 32. */
export function toModelNames(model: string, provider: string): readonly ModelName[] {
  const sent = decode(model.trim());
  if (sent === "" || sent.length > MAX_NAME_LENGTH) return [];
  const names: ModelName[] = [{ name: sent }];
  const seen = new Set([sent]);
  for (const step of provider === "bedrock" ? BEDROCK_STEPS : STEPS) {
    for (const { name, change } of names.slice()) {
      const next = step.apply(name, provider);
      if (next === "" || seen.has(next)) continue;
      seen.add(next);
      names.push({ name: next, change: change === undefined ? step.change : `${change}, ${step.change}` });
    }
  }
  return provider === "bedrock" ? [...names, ...toBedrockIds(sent)] : names;
}

/** A row's own name without date or `-latest`; undefined when it has neither. */
export function toUndatedName(name: string): string | undefined {
  const bare = WITHOUT_VERSION.apply(name, "");
  const undated = bare.replace(DATE, "").replace(LATEST, "");
  return undated === bare || undated === "" ? undefined : undated;
}

/** True when a date is part of the name. */
export function hasDate(name: string): boolean {
  return DATE.test(WITHOUT_VERSION.apply(name, ""));
}

/** The body of an answer says `claude-…` where the priced id is `anthropic.claude-…-v1:0`. */
function toBedrockIds(name: string): readonly ModelName[] {
  if (!name.toLowerCase().startsWith("claude-")) return [];
  return [`anthropic.${name}-v1:0`, `anthropic.${name}-v2:0`, `anthropic.${name}`].map((id) => ({
    name: id,
    change: "as a Bedrock id without region",
  }));
}

/** Ids taken from a URL may still carry `%3A`. */
function decode(name: string): string {
  if (!name.includes("%")) return name;
  try {
    return decodeURIComponent(name);
  } catch {
    return name;
  }
}
