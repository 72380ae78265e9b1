import { expect, test } from "bun:test";

import { createRouteIndex, findPinnedModel, orderTargets, stripNamespace } from "../../src/provider/model-route.ts";
import { toTestRoute, toTestUpstream } from "../support/route-table.ts";

const target = (id: string, weight?: number) => ({
  upstream: toTestUpstream("http://x", id),
  ...(weight === undefined ? {} : { weight }),
});

test("of equal routes the first given wins, and a lone * takes every model", () => {
  const index = createRouteIndex([
    toTestRoute("*", [target("any")]),
    toTestRoute("a", [target("one")]),
    toTestRoute("a", [target("two")]),
  ]);
  expect(index.find("a")?.targets[0]?.upstream.id).toBe("one");
  expect(index.find("")?.targets[0]?.upstream.id).toBe("any");
});

test("a thousand routes: each exact name finds its own", () => {
  const routes = Array.from({ length: 1000 }, (_, at) => toTestRoute(`m${at}`, [target(`u${at}`)]));
  const index = createRouteIndex(routes);
  expect(routes.every(({ pattern, targets }) => index.find(pattern)?.targets === targets)).toBe(true);
  expect(index.find("m1000")).toBeUndefined();
});

test("exact names and prefixes mixed: the first in order that fits wins", () => {
  const letters = ["a", "b", "-"];
  const word = (length: number) => Array.from({ length }, () => letters[Math.floor(Math.random() * 3)]).join("");
  const routes = Array.from({ length: 300 }, (_, at) => ({
    ...toTestRoute(`${word(at % 5)}${at % 2 === 0 ? "*" : ""}`, [target(`u${at}`)]),
    priority: at % 3,
  }));
  const index = createRouteIndex(routes);
  const fits = (pattern: string, model: string) =>
    pattern.endsWith("*") ? model.startsWith(pattern.slice(0, -1)) : model === pattern;
  for (let at = 0; at < 500; at++) {
    const model = word(at % 7);
    expect(index.find(model)).toBe(index.routes.find(({ pattern }) => fits(pattern, model)));
  }
});

test("targets without weights keep their order; with weights each leads in its share, the others follow", () => {
  const plain = [target("a"), target("b")];
  expect(orderTargets(plain, 0.9)).toBe(plain);
  const weighted = [target("a", 1), target("b", 3), target("c")];
  const lead = (draw: number) => orderTargets(weighted, draw).map(({ upstream }) => upstream.id);
  expect([lead(0), lead(0.24), lead(0.25), lead(0.999)]).toEqual([
    ["a", "b", "c"],
    ["a", "b", "c"],
    ["b", "a", "c"],
    ["b", "a", "c"],
  ]);
});

test.each([
  ["openai/gpt", "gpt"],
  ["Anthropic/claude", "claude"],
  ["openai/", "openai/"],
  ["meta/openai/x", "meta/openai/x"],
])("the name space of %s leaves %s", (model, left) => {
  expect(stripNamespace(model)).toBe(left);
});

test.each([
  ["base@tag", "p", "r", { model: "base", endpoint: "tag" }],
  [undefined, "base@tag", "r", { model: "base", endpoint: "tag" }],
  [undefined, "base*", "base@tag", { model: "base", endpoint: "tag" }],
  ["base", "base:tag", "base:tag", { model: "base", endpoint: "tag" }],
  ["other", "base:tag", "base:tag", undefined],
  [undefined, "base:tag", "base:tag", undefined],
])("sending %s for the route %s and the model %s pins the endpoint", (sent, pattern, requested, pinned) => {
  expect(findPinnedModel(sent, pattern, requested)).toEqual(pinned);
});
