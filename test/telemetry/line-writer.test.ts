import { expect, test } from "bun:test";

import { createLineWriter } from "../../src/telemetry/line-writer.ts";

/** A stream whose reader can stand still. */
function open() {
  const listeners: Record<string, () => void> = {};
  const written: string[] = [];
  const state = { isReading: true };
  const write = createLineWriter({
    write(text) {
      written.push(text);
      return state.isReading;
    },
    on: (event, listener) => (listeners[event] = listener),
  });
  return { write, written, state, tell: (event: "drain" | "error") => listeners[event]?.() };
}

test("lines go out at once and in order", () => {
  const { write, written } = open();
  write("a\n");
  write("b\n");
  expect(written).toEqual(["a\n", "b\n"]);
});

test("behind a reader that stands still lines wait, and come in order", () => {
  const { write, written, state, tell } = open();
  state.isReading = false;
  for (const line of ["a", "b", "c"]) write(line);
  expect(written).toEqual(["a"]);
  tell("drain");
  expect(written).toEqual(["a", "b"]);
  state.isReading = true;
  tell("drain");
  expect(written).toEqual(["a", "b", "c"]);
});

test("what waits has a bound, and what is dropped is counted and told", () => {
  const { write, written, state, tell } = open();
  state.isReading = false;
  const line = "x".repeat(100_000);
  for (let index = 0; index < 20; index++) write(line);
  state.isReading = true;
  tell("drain");
  expect(written).toHaveLength(1 + 10 + 1);
  expect(JSON.parse(written.at(-1) ?? "")).toMatchObject({ level: "warn", dropped: 9 });
  write("after");
  expect(written.at(-1)).toBe("after");
});

test("a reader that is gone is no fault", () => {
  const { write, written, tell } = open();
  tell("error");
  write("a");
  expect(written).toEqual([]);
});

test("a process with a full pipe for its log goes on working", async () => {
  const script = `
    import { createLineWriter } from ${JSON.stringify(new URL("../../src/telemetry/line-writer.ts", import.meta.url).pathname)};
    const write = createLineWriter(process.stderr);
    for (let index = 0; index < 3000; index++) write("x".repeat(999) + "\\n");
    process.stdout.write("done");
    await Bun.sleep(60_000);
  `;
  const child = Bun.spawn([process.execPath, "-e", script], { stdout: "pipe", stderr: "pipe" });
  // Nobody reads standard error meanwhile.
  const { value } = await child.stdout.getReader().read();
  child.kill("SIGKILL");
  await child.exited;
  expect(new TextDecoder().decode(value)).toBe("done");
});
