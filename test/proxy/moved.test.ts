import { expect, test } from "bun:test";

import { listMoved } from "../../src/proxy/moved.ts";
import { toTestTable, toTestUpstream } from "../support/route-table.ts";

test("upstreams with another base URL have moved, each once; new, lost and renamed ones have not", () => {
  const before = toTestTable("http://one", () => ({}));
  const upstreams = new Map(before.upstreams);
  const moved = toTestUpstream("http://two", "openai");
  upstreams.set("openai", moved).set("oai", moved);
  upstreams.set("new", toTestUpstream("http://two", "new"));
  upstreams.delete("custom");
  expect(listMoved(before, { ...before, upstreams })).toEqual(["openai"]);
  expect(listMoved(before, before)).toEqual([]);
});
