import { expect, test } from "bun:test";
import { fileURLToPath } from "node:url";

import { STOP_MESSAGE } from "../../src/message/stop.ts";

const MODULE = fileURLToPath(new URL("../../src/message/stop.ts", import.meta.url));
const toScript = (atEnd = ""): string => `
  const { onStop } = await import(${JSON.stringify(MODULE)});
  const forget = onStop(() => { ${atEnd} console.log("end"); setTimeout(() => process.exit(0), 100); });
  process.send?.("up");
  if (process.send === undefined) console.log("up");
  setInterval(() => {}, 1000);
`;

async function startChild(atEnd = "") {
  const up = Promise.withResolvers<unknown>();
  const child = Bun.spawn([process.execPath, "-e", toScript(atEnd)], {
    serialization: "json",
    stdout: "pipe",
    stderr: "inherit",
    ipc: (message) => up.resolve(message),
  });
  expect(await up.promise).toBe("up");
  return child;
}

test("a child ends once by its parent's word, not by signals that the whole group gets", async () => {
  const child = await startChild();
  child.kill("SIGTERM");
  child.kill("SIGINT");
  child.kill("SIGHUP");
  await Bun.sleep(100);
  expect(child.exitCode).toBeNull();
  child.send({ type: "other" });
  child.send(STOP_MESSAGE);
  child.send(STOP_MESSAGE);
  expect(await child.exited).toBe(0);
  expect(await new Response(child.stdout).text()).toBe("end\n");
});

test("signals do not cut the end short", async () => {
  const child = await startChild("forget();");
  child.send(STOP_MESSAGE);
  await Bun.sleep(30);
  child.kill("SIGTERM");
  expect(await child.exited).toBe(0);
});

test("a child ends when its parent is gone", async () => {
  const child = await startChild();
  child.disconnect();
  expect(await child.exited).toBe(0);
});

test.each(["SIGTERM", "SIGINT"] as const)("without a parent %s ends it, as usual", async (signal) => {
  const child = Bun.spawn([process.execPath, "-e", toScript()], { stdout: "pipe", stderr: "inherit" });
  const reader = child.stdout.getReader();
  expect(new TextDecoder().decode((await reader.read()).value)).toBe("up\n");
  child.kill(signal);
  expect(await child.exited).toBe(0);
});
