/** @module The demo keeps the user's rules and leads all of them to the fake provider: nothing may leave the machine. */

import { expect, test } from "bun:test";

import { toDemoTable } from "../src/demo-routes.ts";
import type { Upstream } from "../src/provider/upstream.ts";
import { toRouteTable } from "../src/routing.ts";
import { load } from "./config/load-support.ts";

const URL_OF_DEMO = "http://127.0.0.1:9";
const TOML = `
upstream = "mine"
allowed_upstream_hosts = ["llm.internal:8443"]
default_fixes = ["qwen-tagged-tool-call-rewrite"]
[providers.mine]
base_url = "https://gateway.example/v4"
tls_insecure = true
fallbacks = ["other"]
auth = { mode = "bearer", env = "NO_SUCH_KEY" }
headers = { set = { x-team = "secret-team" } }
[providers.other]
provider = "mine"
base_url = "https://other.example/v1"
fallbacks = ["mine"]
[[routes]]
model = "a*"
upstreams = [{ upstream = "mine", api_key_env = "A" }, { upstream_url = "http://spark:8000/v1", upstream_model = "q" }]
[fallback]
upstream = "other"
model = "small"
`;

test("every upstream that any rule can reach is the fake provider, without a credential", () => {
  const table = toDemoTable(toRouteTable(load({ toml: TOML }).configuration), URL_OF_DEMO);
  const { upstreams, hosts, modelRoutes, pathRules, fallback, defaultUpstream } = table;
  const reached: (Upstream | undefined)[] = [
    ...upstreams.values(),
    ...(hosts?.values() ?? []),
    ...(modelRoutes?.routes.flatMap((route) => route.targets.map((target) => target.upstream)) ?? []),
    ...(pathRules?.map((rule) => rule.upstream) ?? []),
    fallback?.upstream,
    defaultUpstream,
  ];
  const all = new Set(reached.flatMap((upstream) => [upstream, ...(upstream?.fallbacks ?? [])]));
  expect(all.size).toBeGreaterThan(20);
  for (const upstream of all) {
    expect(upstream?.baseUrl).toStartWith(`${URL_OF_DEMO}/demo/`);
    expect([upstream?.credential, upstream?.headerRules, upstream?.tlsInsecure]).toEqual([undefined, undefined, false]);
  }
});

test("the rules are the user's own, and one upstream is one object under all its names", () => {
  const table = toDemoTable(toRouteTable(load({ toml: TOML }).configuration), URL_OF_DEMO);
  expect(table.modelRoutes?.find("ab")?.targets).toMatchObject([{}, { model: "q" }]);
  expect(table.fallback?.model).toBe("small");
  expect(table.defaultFixes).toEqual(["qwen-tagged-tool-call-rewrite"]);
  expect(table.hosts?.has("llm.internal:8443")).toBe(true);
  expect(table.upstreams.get("google")).toBe(table.upstreams.get("gemini"));
  expect(table.upstreams.get("mine")?.fallbacks).toHaveLength(1);
  expect(table.defaultUpstream).toBe(table.upstreams.get("mine"));
});
