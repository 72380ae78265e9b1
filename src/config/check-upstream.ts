/** @module One table `[providers.<id>]` by itself, as it is written through the API: the rules of config.toml, every problem told. */

import { checkAuth, checkProviders } from "./check.ts";
import { checkValue } from "./check-value.ts";
import { isTable } from "./toml-file.ts";
import type { SettingKey } from "./key.ts";
import { type SetValue, STORED, toTomlLayer } from "./layer.ts";
import type { Environment } from "./paths.ts";
import { settingsSchema } from "./schema.ts";

export type UpstreamRules = {
  readonly keys: readonly SettingKey[];
  /** Ids that have a base URL of their own. */
  readonly knownProviders: readonly string[];
  readonly reservedSegments: ReadonlySet<string>;
  readonly environment: Environment;
  /** Relative paths are relative to it. */
  readonly baseDirectory: string;
};

export type CheckedUpstream = { readonly values: readonly SetValue[]; readonly problems: readonly string[] };

/** Problems begin with the member that is wrong. No credential can stand in the values: only where it is. */
export function checkUpstream(id: string, table: unknown, rules: UpstreamRules): CheckedUpstream {
  if (!isTable(table)) return { values: [], problems: ["must be an object"] };
  const prefix = `providers.${id}.`;
  const { keys, baseDirectory } = rules;
  const layer = toTomlLayer({ text: "", table: { providers: { [id]: table } }, file: STORED, baseDirectory, keys });
  const problems = [...layer.problems];
  const values = layer.values.flatMap((set): SetValue[] => {
    const checked = checkValue(set, keys, rules.environment);
    if ("value" in checked) return [{ ...set, value: checked.value }];
    problems.push(checked.problem);
    return [];
  });
  if (problems.length === 0) problems.push(...checkWhole(id, values, rules));
  return { values, problems: problems.map((problem) => problem.replace(/^[^:]*: /, "").replaceAll(prefix, "")) };
}

/** What must hold between the values. */
function checkWhole(id: string, set: readonly SetValue[], rules: UpstreamRules): readonly string[] {
  const own: Record<string, unknown> = {};
  for (const { path, value } of set) {
    const [group = "", name] = path.slice(2);
    if (name === undefined) own[group] = value;
    else own[group] = { ...(isTable(own[group]) ? own[group] : {}), [name]: value };
  }
  const values = settingsSchema.parse({ providers: { [id]: own } });
  const options = {
    ...rules,
    // Neither directory is looked at.
    values: { ...values, data_dir: "", database: "" },
    sources: {},
    providerIds: [id],
  };
  return [...checkProviders(options), ...checkAuth(options)];
}
