import { expect, test } from "bun:test";

import { createRouteIndex } from "../../src/provider/model-route.ts";
import { createDecisionMemo } from "../../src/proxy/decision-memo.ts";
import { decide } from "../../src/proxy/decide.ts";
import { findRoute } from "../../src/proxy/route.ts";
import { toTestRoute, toTestTable } from "../support/route-table.ts";

const PATH = "/v1/chat/completions";

test("what was found is told for the same routes, path and model alone", () => {
  const memo = createDecisionMemo<string>();
  const [index, reloaded] = [createRouteIndex([]), createRouteIndex([])];
  memo.remember(index, PATH, "a", "found");
  expect(memo.recall(index, PATH, "a")).toBe("found");
  expect(memo.recall(index, PATH, "b")).toBeUndefined();
  expect(memo.recall(index, "/v1/responses", "a")).toBeUndefined();
  expect(memo.recall(reloaded, PATH, "a")).toBeUndefined();
});

test("the names that clients make up are neither kept for ever nor whole", () => {
  const memo = createDecisionMemo<number>();
  const index = createRouteIndex([]);
  for (let at = 0; at <= 1000; at++) memo.remember(index, PATH, `m-${at}`, at);
  expect(memo.recall(index, PATH, "m-0")).toBeUndefined();
  expect(memo.recall(index, PATH, "m-1000")).toBe(1000);
  const long = "m".repeat(100_000);
  memo.remember(index, PATH, long, 1);
  memo.remember(index, `/${long}`, "m", 1);
  expect([memo.recall(index, PATH, long), memo.recall(index, `/${long}`, "m")]).toEqual([undefined, undefined]);
});

test("a route that draws by weight draws each time, another is decided once", () => {
  const table = toTestTable("http://127.0.0.1:1", (get) => ({
    routes: [
      toTestRoute("fixed", [{ upstream: get("groq") }, { upstream: get("xai") }]),
      toTestRoute("drawn", [
        { upstream: get("groq"), weight: 1 },
        { upstream: get("xai"), weight: 1 },
      ]),
    ],
  }));
  const route = findRoute(table, PATH, new Headers());
  if (route.kind !== "forward") throw new Error("not forwarded");
  const first = (model: string, draw: number): string => decide(route, { model }, draw).targets[0].upstream.id;
  expect([first("drawn", 0), first("drawn", 0.9), first("drawn", 0)]).toEqual(["groq", "xai", "groq"]);
  expect(decide(route, { model: "fixed" }, 0)).toBe(decide(route, { model: "fixed" }, 0.9));
});
