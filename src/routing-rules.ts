/** @module What the API may store about routes: the rules of the configuration files, and no secrets. */

import { z } from "zod";
import type { RoutingRules } from "./api/routing-board.ts";
import { checkUpstream } from "./config/check-upstream.ts";
import { checkValue } from "./config/check-value.ts";
import { listSettingKeys } from "./config/key.ts";
import { STORED } from "./config/layer.ts";
import { findConfigDirectory } from "./config/paths.ts";
import { ROUTE_NAMES, parseStoredRoute } from "./config/route-settings.ts";
import { providerSchema } from "./config/provider-schema.ts";
import { fitSettings, listUnknownUpstreams } from "./config/stored-values.ts";
import { FIX_IDS } from "./domain/fix.ts";
import { maskHeader } from "./http/mask.ts";
import { findWrongProvider } from "./key-providers.ts";
import { findProvider, PROVIDERS, RESERVED_SEGMENTS } from "./provider/catalogue.ts";

/** @param environment of the process: it says where relative paths begin */
export function createRoutingRules(environment: NodeJS.ProcessEnv): RoutingRules {
  const keys = listSettingKeys();
  const baseDirectory = findConfigDirectory(environment);
  const rules = {
    keys,
    knownProviders: PROVIDERS.map(({ id }) => id),
    reservedSegments: RESERVED_SEGMENTS,
    environment,
    baseDirectory,
  };
  return {
    upstreamBody: toBody({
      id: { type: "string", description: "One of the catalogue to change that one, or a new one." },
      active: { type: "boolean" },
      ...toProperties(providerSchema),
    }),
    routeBody: toBody(Object.fromEntries(ROUTE_NAMES.map((name) => [name, ROUTE_MEMBERS[name] ?? {}]))),
    checkUpstream(id, settings) {
      const known = findProvider(id);
      if (known !== undefined && known.id !== id) return [`id: ${id} is another name of ${known.id}: use that`];
      return [...checkUpstream(id, settings, rules).problems, ...listSecrets(settings)];
    },
    checkRoute(route, upstreamIds) {
      const parsed = parseStoredRoute(route);
      return [...parsed.problems, ...listUnknownUpstreams(parsed.route, upstreamIds)];
    },
    findWrongProvider,
    checkSetting(key, value, upstreamIds) {
      const set = { path: key.split("."), value, isText: false, source: STORED, baseDirectory };
      const checked = checkValue(set, keys, environment);
      if ("problem" in checked) return [checked.problem.slice(STORED.length + 2)];
      const { notices } = fitSettings({ [key]: value }, { ids: upstreamIds, baseDirectory });
      return notices.map((notice) => notice.slice(STORED.length + 2).replace(/; the stored value is left out$/, ""));
    },
  };
}

/** Fields that every request gets are stored and shown: a credential has its place in a variable or a file. */
function listSecrets(settings: unknown): readonly string[] {
  const headers = typeof settings === "object" && settings !== null && "headers" in settings ? settings.headers : {};
  return (["set", "default"] as const).flatMap((rule) => {
    const table: unknown = Reflect.get(Object(headers), rule) ?? {};
    return Object.entries(Object(table)).flatMap(([name, value]) =>
      typeof value === "string" && maskHeader(name.toLowerCase(), value) !== value
        ? [`headers.${rule}.${name} looks like a secret: name it in auth.env or auth.file instead`]
        : [],
    );
  });
}

type Members = Readonly<Record<string, object>>;

/** Any object, with its members described for readers; the checks above are what holds. */
function toBody(properties: Members): z.ZodType<Readonly<Record<string, unknown>>> {
  return z.looseObject({}).meta({ properties, additionalProperties: false });
}

function toProperties(schema: z.ZodType): Members {
  const json = z.toJSONSchema(schema, {
    io: "input",
    unrepresentable: "any",
    override({ jsonSchema }) {
      delete jsonSchema["kind"];
      delete jsonSchema["expects"];
    },
  });
  return (json.properties ?? {}) as Members;
}

const TEXT = { type: "string" };
const ROUTE_MEMBERS: Members = {
  model: { ...TEXT, description: "A model, or `prefix*`." },
  upstream: { ...TEXT, description: "Id of an upstream." },
  upstream_url: { ...TEXT, description: "Base URL, instead of an id." },
  upstream_model: { ...TEXT, description: "Name the upstream knows the model by; the requested one if absent." },
  provider: { ...TEXT, description: "Provider whose rows and prices an `upstream_url` belongs to." },
  api_key_env: { ...TEXT, description: "Name of the environment variable with the key to send." },
  weight: { type: "number", description: "Share of requests that try this upstream first." },
  upstreams: { type: "array", items: { type: "object" }, description: "Several upstreams, tried in turn." },
  priority: { type: "number", description: "Lower goes first; 50 if absent." },
  active: { type: "boolean" },
  fixes: {
    type: "array",
    items: { type: "string", enum: FIX_IDS },
    description: "Compatibility fixes for the answers, instead of those of the upstream; none if empty.",
  },
  strip_namespace: { type: "boolean", description: "Takes a leading `openai/` or `anthropic/` off the name." },
};
