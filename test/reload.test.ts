import { afterEach, expect, test } from "bun:test";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { ConfigError } from "../src/config/problem.ts";
import { createObjectBoard, type ObjectBoard } from "../src/proxy/object-board.ts";
import type { RouteTable } from "../src/proxy/route.ts";
import { createReloader } from "../src/reload.ts";
import { eventually } from "./support/gate.ts";
import { startProxy } from "./support/proxy.ts";
import { toTestTable } from "./support/route-table.ts";
import * as step from "./support/step.ts";
import { createUpstream } from "./support/upstream.ts";

const opened: (() => unknown)[] = [];
afterEach(async () => {
  for (const close of opened.splice(0).toReversed()) await close();
});

const NO_FACTS = { upstreams: [], routes: [], settings: [], removed_seeds: [], fixes: [] };
const NO_OBJECTS: ObjectBoard = { list: () => [], receive() {}, follow: (onChange) => onChange() };

test("what is stored is taken over at once; keys and prices are no routes", () => {
  const directory = mkdtempSync(join(tmpdir(), "modeltap-reload-"));
  opened.push(() => rmSync(directory, { recursive: true, force: true }));
  const objects = createObjectBoard({ file: join(directory, "objects.json"), onProblem: () => undefined });
  let reloads = 0;
  const reloader = createReloader({
    app: { reload: () => void (reloads += 1), objects },
    emit: { configNotice: () => undefined, configReloaded: () => undefined },
    read: () => ({ table: toTestTable("http://x", () => ({})), facts: NO_FACTS, settings: [] }),
    files: [],
    settings: [],
  });
  opened.push(() => reloader.close());
  const object = { id: "m", value: {}, version: 1, createdAtMs: 1, changedAtMs: 1 };
  expect(reloads).toBe(0);
  objects.receive({ seq: 1, objects: [{ ...object, kind: "key" }] });
  expect(reloads).toBe(0);
  objects.receive({ seq: 2, objects: [{ ...object, kind: "route" }] });
  expect(reloads).toBe(1);
  objects.receive({ seq: 3, objects: [] });
  expect(reloads).toBe(2);
});

test("a changed file, even one that was not there before, is taken over", async () => {
  const directory = mkdtempSync(join(tmpdir(), "modeltap-reload-"));
  opened.push(() => rmSync(directory, { recursive: true, force: true }));
  const file = join(directory, "providers.json");
  const table = toTestTable("http://x", () => ({}));
  const taken: RouteTable[] = [];
  const told: string[] = [];
  const reloader = createReloader({
    app: { reload: (next) => taken.push(next.table), objects: NO_OBJECTS },
    emit: { configNotice: () => void told.push("notice"), configReloaded: () => void told.push("reloaded") },
    read: () => ({ table, facts: NO_FACTS, settings: [] }),
    files: [file],
    settings: [],
  });
  opened.push(() => reloader.close());
  writeFileSync(file, "{}");
  await eventually(() => (taken.length > 0 ? true : undefined), "the reload");
  expect(taken).toEqual([table]);
  expect(told).toEqual(["reloaded"]);
});

test("a file that is gone changes nothing, also when something is stored, until it is back or a reload is asked for", async () => {
  const directory = mkdtempSync(join(tmpdir(), "modeltap-reload-"));
  opened.push(() => rmSync(directory, { recursive: true, force: true }));
  const file = join(directory, "config.toml");
  const store: (() => void)[] = [];
  let version = 0;
  const route = () => ({ kind: "route", id: "m", value: {}, version, createdAtMs: 1, changedAtMs: 1 }) as const;
  writeFileSync(file, "a = 1");
  let reloads = 0;
  const notices: string[] = [];
  const reloader = createReloader({
    app: {
      reload: () => void (reloads += 1),
      objects: {
        list: (kind) => (kind === "route" ? [route()] : []),
        receive() {},
        follow: (on) => void store.push(on),
      },
    },
    emit: { configNotice: ({ notice }) => void notices.push(notice), configReloaded: () => undefined },
    read: () => ({ table: toTestTable("http://x", () => ({})), facts: NO_FACTS, settings: [] }),
    files: [file],
    settings: [],
  });
  opened.push(() => reloader.close());
  rmSync(file);
  await eventually(() => (notices.length > 0 ? true : undefined), "the notice");
  expect(notices).toEqual([`not reloaded, all stays as it was: ${file} is gone; to do without it, ask for a reload`]);
  version += 1;
  for (const onChange of store) onChange();
  expect(reloads).toBe(0);

  writeFileSync(file, "a = 2");
  await eventually(() => (reloads > 0 ? true : undefined), "the reload");
  rmSync(file);
  expect(reloader.reload()).toEqual({ problems: [], needsRestart: [] });
  expect(reloads).toBe(2);
});

test("what needs a restart is named, in the answer and in the log", () => {
  const setting = (key: string, value: string) => ({ key, value, source: "config.toml" });
  const notices: string[] = [];
  const reloader = createReloader({
    app: { reload: () => undefined, objects: NO_OBJECTS },
    emit: { configNotice: ({ notice }) => void notices.push(notice), configReloaded: () => undefined },
    read: () => ({
      table: toTestTable("http://x", () => ({})),
      facts: NO_FACTS,
      settings: [setting("port", "2"), setting("upstream", "groq"), setting("providers.a.capture", "off")],
    }),
    files: [],
    settings: [setting("port", "1"), setting("upstream", "openai")],
  });
  opened.push(() => reloader.close());
  expect(reloader.reload()).toEqual({ problems: [], needsRestart: ["port"] });
  expect(notices).toEqual(["changed, but in use only after a restart: port"]);
});

test("with a problem everything stays as it was, and each problem is told", () => {
  const notices: string[] = [];
  const reloader = createReloader({
    app: {
      reload() {
        throw new Error("was reloaded");
      },
      objects: NO_OBJECTS,
    },
    emit: { configNotice: ({ notice }) => void notices.push(notice), configReloaded: () => void notices.push("done") },
    read() {
      throw new ConfigError(["a is wrong", "b is wrong"]);
    },
    files: [],
    settings: [],
  });
  expect(reloader.reload()).toEqual({ problems: ["a is wrong", "b is wrong"], needsRestart: [] });
  expect(notices).toEqual([
    "not reloaded, all stays as it was: a is wrong",
    "not reloaded, all stays as it was: b is wrong",
  ]);
});

test("a request in flight keeps the upstream it came with; the next one goes to the new one", async () => {
  const upstream = await createUpstream();
  const before = toTestTable(upstream.url, (get) => ({ defaultUpstream: get("groq") }));
  const proxy = startProxy({ baseUrl: upstream.url, options: before });
  opened.push(
    () => upstream.close(),
    () => proxy[Symbol.asyncDispose](),
  );
  const released = Promise.withResolvers<void>();
  upstream.on(/\/groq\//, [step.head(200, [["content-length", "3"]]), step.wait(released.promise), step.body("old")]);
  upstream.on(/\/xai\//, step.json("new"));
  const post = () => fetch(`${proxy.url}/v1/chat/completions`, { method: "POST", body: "{}" });
  const first = post();
  await upstream.nextWhole();
  proxy.reload(toTestTable(upstream.url, (get) => ({ defaultUpstream: get("xai") })));
  expect(await (await post()).json()).toBe("new");
  released.resolve();
  expect(await (await first).text()).toBe("old");
});
