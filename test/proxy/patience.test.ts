import { describe, expect, test } from "bun:test";
import { createPatience } from "../../src/proxy/patience.ts";

describe("waits of one length", () => {
  test("end late, in their order, and none before its time", async () => {
    const late: [string, number][] = [];
    const startedAt = performance.now();
    const patience = createPatience(20, () => performance.now());
    const note = (name: string) => () => void late.push([name, performance.now() - startedAt]);
    patience.wait(note("first"));
    await Bun.sleep(8);
    patience.wait(note("second"));
    await Bun.sleep(80);
    expect(late.map(([name]) => name)).toEqual(["first", "second"]);
    expect(late[0]?.[1]).toBeGreaterThanOrEqual(19);
    expect(late[1]?.[1]).toBeGreaterThanOrEqual(27);
  });

  test("call nobody back once what was waited for has come, and go on to the next", async () => {
    const late: string[] = [];
    const patience = createPatience(15, () => performance.now());
    const wait = patience.wait(() => late.push("came"));
    wait.onLate = undefined;
    await Bun.sleep(5);
    const other = patience.wait(() => late.push("late"));
    await Bun.sleep(60);
    expect(late).toEqual(["late"]);
    expect(other.onLate).toBeUndefined();
    // After a rest the timer starts again.
    patience.wait(() => late.push("again"));
    await Bun.sleep(50);
    expect(late).toEqual(["late", "again"]);
  });

  test("may be begun by one that ends", async () => {
    const late: string[] = [];
    const patience = createPatience(5, () => performance.now());
    patience.wait(() => {
      late.push("first");
      patience.wait(() => late.push("second"));
    });
    await Bun.sleep(60);
    expect(late).toEqual(["first", "second"]);
  });
});
