/** @module `/admin/api/settings`: values that can be stored, and what sets them now. */

import { z } from "zod";
import { type Endpoint, endpoint } from "./endpoint.ts";
import { ApiError } from "./error.ts";
import { getChanged, listUpstreamIds, refuse } from "./routing-board.ts";
import { settingFacts } from "./schema/routing.ts";
import type { RoutingParts } from "./upstreams.ts";
import { write } from "./writes.ts";

const PATH = "/admin/api/settings";
const params = z.object({ key: z.string().describe("A key of config.toml, such as `fallback.upstream`.") });
const tag = "upstreams";

export function createSettingEndpoints({ reader, ask, routing, rules }: RoutingParts): readonly Endpoint[] {
  const get = (key: string) => {
    const found = routing.facts.settings.find((setting) => setting.key === key);
    if (found !== undefined) return found;
    const known = routing.facts.settings.map((setting) => setting.key).join(", ");
    throw new ApiError("not_found", `${key.slice(0, 60)} cannot be stored; there is ${known}.`);
  };

  return [
    endpoint({
      method: "get",
      path: PATH,
      tag,
      summary: "Every value that can be stored, with its source.",
      description: "Flags, variables and `.env` files come before stored values, and these before config.toml.",
      answer: z.object({ settings: z.array(settingFacts) }),
      handle: () => ({ settings: routing.facts.settings }),
    }),
    endpoint({
      method: "put",
      path: `${PATH}/{key}`,
      tag,
      summary: "Stores a value; an empty text clears a fallback.",
      params,
      body: z.strictObject({ value: z.unknown() }),
      answer: settingFacts,
      errors: ["not_found", "conflict", "recorder_unavailable"],
      async handle({ params: { key }, body }) {
        const { fixed_by: fixedBy } = get(key);
        if (fixedBy !== null) throw new ApiError("conflict", `${key} is set by ${fixedBy}, which wins over the store.`);
        refuse(rules.checkSetting(key, body.value, listUpstreamIds(routing.facts)));
        await write(ask, { name: "put-object", kind: "setting", id: key, value: body.value });
        return getChanged(routing.facts.settings.find((setting) => setting.key === key && setting.stored));
      },
    }),
    endpoint({
      method: "delete",
      path: `${PATH}/{key}`,
      tag,
      summary: "Forgets a stored value: what config.toml says, or the default, holds again.",
      params,
      answer: settingFacts,
      errors: ["not_found", "conflict", "recorder_unavailable"],
      async handle({ params: { key } }) {
        get(key);
        if ((await reader.findObject("setting", key)) === undefined) {
          throw new ApiError("not_found", `Nothing is stored for ${key}.`);
        }
        await write(ask, { name: "delete-object", kind: "setting", id: key });
        return get(key);
      },
    }),
  ];
}
