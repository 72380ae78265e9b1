import { expect, test } from "bun:test";

import { parseProvidersDocument } from "../../src/config/providers-file.ts";

const entry = (more: object) => ({
  id: "X",
  type: "anthropic",
  paths: ["/v1/messages"],
  upstreamBaseUrl: "http://h/",
  ...more,
});
const parse = (...providers: object[]) => parseProvidersDocument(JSON.stringify({ providers }), "f", new Set());

test("strings are trimmed, slashes cut, and what is left out has its default", () => {
  expect(parse(entry({ id: " X " }))).toEqual({
    entries: [
      {
        id: "x",
        type: "anthropic",
        paths: ["/v1/messages"],
        baseUrl: "http://h",
        models: [],
        headers: [],
        auth: { mode: "preserve" },
        stripProviderField: true,
      },
    ],
    problems: [],
    notices: [],
  });
});

test("a value wins over env; without both the client's credential passes, and that is told", () => {
  const { entries, notices } = parse(
    entry({ id: "a", auth: { type: "bearer", env: "E", value: "v", header: "H" } }),
    entry({ id: "b", auth: "bearer" }),
  );
  expect(entries.map(({ auth }) => auth)).toEqual([
    { mode: "bearer", header: "h", key: { value: "v" } },
    { mode: "preserve" },
  ]);
  expect(notices).toEqual(["f: providers[1].auth names no env and no value: the client's own credential passes"]);
});

test("two of one id are refused", () => {
  expect(parse(entry({}), entry({ id: "x" })).problems).toEqual(["f: providers[1].id is in the list twice"]);
});
