/** @module Stored objects: versions, conflicts, and a number that grows with each change. */

import { expect, test } from "bun:test";

import type { OpenStore } from "./store.ts";

const ROUTE = { kind: "route", id: "r", value: { to: ["a"], why: null }, atMs: 10 } as const;

export function describeObjects(opened: () => OpenStore): void {
  test("an object is put, changed and deleted; each change is counted, and the reader sees it", async () => {
    const { writer, reader } = opened();
    expect(await writer.readObjects()).toEqual({ seq: 0, objects: [] });
    const first = await writer.putObject(ROUTE);
    const { atMs: _, ...rest } = ROUTE;
    expect(first).toEqual({ ...rest, version: 1, createdAtMs: 10, changedAtMs: 10 });
    const second = await writer.putObject({ ...ROUTE, value: "b", atMs: 20 });
    expect(second).toEqual({ ...rest, value: "b", version: 2, createdAtMs: 10, changedAtMs: 20 });
    await writer.putObject({ ...ROUTE, kind: "key", id: "k" });
    expect(await reader.findObject("route", "r")).toEqual(second);
    expect(await reader.findObject("route", "k")).toBeUndefined();
    expect((await reader.listObjects("key")).map(({ id }) => id)).toEqual(["k"]);
    expect(await writer.readObjects()).toMatchObject({ seq: 3, objects: [{ id: "k" }, { id: "r" }] });
    expect(await writer.deleteObject("route", "r")).toBe(true);
    expect(await writer.deleteObject("route", "r")).toBe(false);
    expect((await writer.readObjects()).seq).toBe(4);
    expect(await reader.listObjects("route")).toEqual([]);
  });

  test("several objects are put together or not at all", async () => {
    const { writer, reader } = opened();
    await writer.putObjects([ROUTE, { ...ROUTE, id: "s" }]);
    expect(await writer.readObjects()).toMatchObject({ seq: 2, objects: [{ id: "r" }, { id: "s" }] });
    const bad = [
      { ...ROUTE, value: 2 },
      { ...ROUTE, id: "t", value: undefined },
    ];
    expect(writer.putObjects(bad)).rejects.toBeInstanceOf(TypeError);
    expect(await reader.findObject("route", "r")).toMatchObject({ version: 1 });
    expect((await writer.readObjects()).seq).toBe(2);
  });

  test("a change that expects another version is not made, and one that is no JSON is refused", async () => {
    const { writer, reader } = opened();
    expect(await writer.putObject({ ...ROUTE, expectVersion: 1 })).toBeUndefined();
    await writer.putObject({ ...ROUTE, expectVersion: 0 });
    expect(await writer.putObject({ ...ROUTE, expectVersion: 0 })).toBeUndefined();
    expect(await writer.putObject({ ...ROUTE, value: 2, expectVersion: 1 })).toMatchObject({ version: 2 });
    expect(writer.putObject({ ...ROUTE, value: undefined })).rejects.toBeInstanceOf(TypeError);
    expect(await reader.findObject("route", "r")).toMatchObject({ value: 2, version: 2 });
    expect((await writer.readObjects()).seq).toBe(2);
  });
}
