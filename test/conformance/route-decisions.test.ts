/** @module Who decides about a route, in order; credentials, fallbacks and failover: live traffic and the simulator agree. */

import { describe, expect } from "bun:test";

import type { UpstreamCredential } from "../../src/provider/upstream.ts";
import { CHAT, type DecisionCase, describeDecisions, type RefusedCase } from "../support/decisions.ts";
import { toTestRoute, toTestTable } from "../support/route-table.ts";

const key = (name: string, secret: string | undefined, field = "authorization"): UpstreamCredential => ({
  mode: field === "authorization" ? "bearer" : "x-api-key",
  header: field,
  from: `environment variable ${name}`,
  read: () => secret,
});
const KEYED = { from: "environment variable GROQ_KEY", sent: "Bearer sk-of-groq" };

describe("the order of those who decide", () => {
  /** All of them have something to say about this body: each row takes away the winner of the row before. */
  const body = { provider: "mistral", model: "glm-5" };
  const withoutProvider = { model: "glm-5" };
  const selector = { "x-provider": "xai" };
  const DECIDED: readonly DecisionCase[] = [
    { name: "1 a prefix", path: `/cohere${CHAT}`, headers: selector, body, rule: "prefix", to: `/cohere${CHAT}` },
    { name: "2 the header x-provider", headers: selector, body, rule: "x-provider", to: `/xai${CHAT}` },
    {
      name: "3 the body's provider",
      body,
      rule: "body-provider",
      to: `/mistral${CHAT}`,
      sent: withoutProvider,
    },
    { name: "4 a model route", body: withoutProvider, rule: "model-route", to: `/groq${CHAT}` },
    { name: "5 a provider of the path and the model", body: { model: "glm-6" }, rule: "path", to: `/custom${CHAT}` },
    {
      name: "6 the path",
      path: "/v1/messages",
      body: { model: "glm-6" },
      rule: "path",
      to: "/anthropic/v1/messages",
    },
    {
      name: "7 the fallback",
      body: { model: "unknown" },
      rule: "fallback",
      to: `/local-llm${CHAT}`,
      sent: { model: "small" },
    },
    { name: "8 the default, where there is no model", body: { input: "x" }, rule: "default", to: `/openai${CHAT}` },
    {
      name: "an anthropic-version makes a root path Anthropic's",
      path: "/v1/models",
      headers: { "anthropic-version": "2023-06-01" },
      body: { model: "unknown" },
      rule: "path",
      to: "/anthropic/v1/models",
    },
    {
      name: "x-provider holds for a path that belongs to another",
      path: "/v1/messages",
      headers: { "x-provider": " OpenRouter " },
      body,
      rule: "x-provider",
      to: "/openrouter/v1/messages",
    },
    {
      name: "the body's provider is known by its alias and without its case",
      body: { provider: " Alias ", model: "glm-5" },
      rule: "body-provider",
      to: `/deepseek${CHAT}`,
      sent: withoutProvider,
    },
    {
      name: "a provider that wants its field keeps it",
      body: { provider: "keeper", model: "glm-5" },
      rule: "body-provider",
      to: `/keeper${CHAT}`,
    },
  ];
  const REFUSED: readonly RefusedCase[] = [
    {
      name: "an unknown x-provider",
      headers: { "x-provider": "nobody" },
      body,
      status: 404,
      code: "unknown_provider",
      told: {
        outcome: "refused",
        status: 404,
        code: "unknown_provider",
        message: expect.stringContaining("mistral, "),
      },
    },
    {
      name: "an unknown prefix",
      path: `/nobody${CHAT}`,
      headers: selector,
      body,
      status: 404,
      code: "unknown_provider",
      told: { outcome: "refused", status: 404, code: "unknown_provider" },
    },
  ];
  describeDecisions(
    (url) => {
      const table = toTestTable(url, (get) => ({
        routes: [toTestRoute("glm-5", [{ upstream: get("groq") }])],
        pathRules: [{ upstream: get("custom"), paths: new Set([CHAT]), models: ["glm"] }],
        fallback: { upstream: get("local-llm"), model: "small" },
      }));
      const [alias, custom] = [table.upstreams.get("deepseek"), table.upstreams.get("custom")];
      if (alias === undefined || custom === undefined) throw new Error("the table lacks its upstreams");
      const keeper = { ...custom, id: "keeper", baseUrl: `${url}/keeper`, stripProviderField: false };
      return { ...table, upstreams: new Map([...table.upstreams, ["alias", alias], ["keeper", keeper]]) };
    },
    { decided: DECIDED, refused: REFUSED },
  );
});

describe("priorities", () => {
  const DECIDED: readonly DecisionCase[] = [
    {
      name: "a lower number goes before an exact name",
      body: { model: "a-exact" },
      rule: "model-route",
      to: `/xai${CHAT}`,
    },
    { name: "at one number exact goes first", body: { model: "b-exact" }, rule: "model-route", to: `/groq${CHAT}` },
    {
      name: "at one number the longer prefix",
      body: { model: "b-long-x" },
      rule: "model-route",
      to: `/mistral${CHAT}`,
    },
    {
      name: "an inactive route gives way to the next",
      body: { model: "c" },
      rule: "model-route",
      to: `/deepseek${CHAT}`,
    },
    { name: "names have their case", body: { model: "B-exact" }, rule: "model-route", to: `/together${CHAT}` },
    { name: "a lone * takes every model", body: { model: "anything" }, rule: "model-route", to: `/together${CHAT}` },
    { name: "but no request without one", body: { model: 7 }, rule: "default", to: `/openai${CHAT}` },
  ];
  describeDecisions(
    (url) =>
      toTestTable(url, (get) => ({
        routes: [
          toTestRoute("*", [{ upstream: get("together") }], { priority: 99 }),
          toTestRoute("a-exact", [{ upstream: get("groq") }], { priority: 50 }),
          toTestRoute("a-*", [{ upstream: get("xai") }], { priority: 49 }),
          toTestRoute("b-*", [{ upstream: get("xai") }], { priority: 50 }),
          toTestRoute("b-long-*", [{ upstream: get("mistral") }], { priority: 50 }),
          toTestRoute("b-exact", [{ upstream: get("groq") }], { priority: 50 }),
          toTestRoute("c", [{ upstream: get("groq") }], { priority: 0, active: false }),
          toTestRoute("c*", [{ upstream: get("deepseek") }], { priority: 60 }),
        ],
      })),
    { decided: DECIDED },
  );
});

describe("a cleared fallback", () => {
  describeDecisions((url) => toTestTable(url, () => ({})), {
    decided: [
      {
        name: "leaves unknown models to the default",
        body: { model: "unknown" },
        rule: "default",
        to: `/openai${CHAT}`,
      },
    ],
  });
});

describe("a fallback without a model", () => {
  describeDecisions((url) => toTestTable(url, (get) => ({ fallback: { upstream: get("groq") } })), {
    decided: [{ name: "keeps the requested name", body: { model: "unknown" }, rule: "fallback", to: `/groq${CHAT}` }],
  });
});

describe("credentials", () => {
  const DECIDED: readonly DecisionCase[] = [
    { name: "the client's own passes", body: { model: "plain" }, rule: "model-route", to: `/mistral${CHAT}` },
    {
      name: "a route's own instead of it",
      body: { model: "keyed" },
      rule: "model-route",
      to: `/groq${CHAT}`,
      credential: KEYED,
    },
    {
      name: "in a field of its own, the client's in none",
      body: { model: "field" },
      rule: "model-route",
      to: `/cohere${CHAT}`,
      credential: { from: "environment variable CO_KEY", sent: undefined },
    },
    {
      name: "none at all where the upstream wants none",
      body: { model: "open" },
      rule: "model-route",
      to: `/local-llm${CHAT}`,
      credential: { from: "none", sent: undefined },
    },
  ];
  const REFUSED: readonly RefusedCase[] = [
    {
      name: "a route whose credential is missing",
      body: { model: "missing" },
      status: 502,
      code: "credential_missing",
      told: {
        targets: [{ credential: "environment variable GONE", credential_there: false }],
        problem: "credential_missing (502): there is no credential to send.",
      },
    },
  ];
  describeDecisions(
    (url) =>
      toTestTable(url, (get) => ({
        routes: [
          toTestRoute("plain", [{ upstream: get("mistral") }]),
          toTestRoute("keyed", [{ upstream: { ...get("groq"), credential: key("GROQ_KEY", "sk-of-groq") } }]),
          toTestRoute("field", [{ upstream: { ...get("cohere"), credential: key("CO_KEY", "co", "x-api-key") } }]),
          toTestRoute("open", [{ upstream: { ...get("local-llm"), credential: { mode: "none" } } }]),
          toTestRoute("missing", [{ upstream: { ...get("deepseek"), credential: key("GONE", undefined) } }]),
        ],
      })),
    { decided: DECIDED, refused: REFUSED },
  );
});

describe("failover lists", () => {
  const LIST = [`/groq${CHAT}`, `/xai${CHAT}`, `/mistral${CHAT}`];
  const DECIDED: readonly DecisionCase[] = [
    { name: "the first upstream, when it is well", body: { model: "list" }, rule: "model-route", to: LIST },
    {
      name: "the second, when the first fails",
      body: { model: "list" },
      rule: "model-route",
      to: LIST,
      failing: ["groq"],
    },
    {
      name: "the third, when both fail",
      body: { model: "list" },
      rule: "model-route",
      to: LIST,
      failing: ["groq", "xai"],
    },
    {
      name: "a prefix's own upstream, then its fallbacks",
      path: `/cohere${CHAT}`,
      body: { model: "list" },
      rule: "prefix",
      to: [`/cohere${CHAT}`, `/together${CHAT}`],
      failing: ["cohere"],
    },
    {
      name: "Ollama's paths leave out what is no Ollama",
      path: "/api/chat",
      body: { model: "list-o" },
      rule: "model-route",
      to: ["/ollama-cloud/api/chat", "/ollama/api/chat"],
      failing: ["ollama-cloud"],
    },
  ];
  describeDecisions(
    (url) => {
      const table = toTestTable(url, (get) => ({
        routes: [
          toTestRoute(
            "list",
            ["groq", "xai", "mistral"].map((id) => ({ upstream: { ...get(id), provider: "groq" } })),
          ),
          toTestRoute("list-o", [
            { upstream: get("groq") },
            { upstream: get("ollama-cloud") },
            { upstream: { ...get("ollama"), provider: "ollama-cloud" } },
          ]),
        ],
      }));
      const [cohere, together] = [table.upstreams.get("cohere"), table.upstreams.get("together")];
      if (cohere === undefined || together === undefined) throw new Error("the table lacks its upstreams");
      return {
        ...table,
        upstreams: new Map([
          ...table.upstreams,
          ["cohere", { ...cohere, fallbacks: [{ ...together, provider: "cohere" }] }],
        ]),
      };
    },
    { decided: DECIDED },
  );
});
