import { afterEach, expect, test } from "bun:test";
import { createChild, type Child } from "../../src/proxy/supervise.ts";
import { eventually } from "../support/gate.ts";

const children: Child[] = [];
afterEach(async () => {
  for (const child of children.splice(0)) await child.stop(1000);
});

function start(script: string, messages: unknown[] = [], exits: string[] = []): Child {
  const child = createChild({
    name: "recorder",
    command: [process.execPath, "-e", script],
    toEnv: () => ({ ...process.env }),
    onStart: () => {},
    niceness: 5,
    onMessage: (message) => messages.push(message),
    onExit: (how) => exits.push(how),
  });
  children.push(child);
  return child;
}

const ECHO = 'process.send("up"); process.on("message", (m) => process.send({ echo: m })); setInterval(() => {}, 1000)';

test("a child that speaks is running, hears us, and ends when told", async () => {
  const messages: unknown[] = [];
  const child = start(ECHO, messages);
  await eventually(() => (child.state().state === "running" ? true : undefined), "the child to run");
  child.send({ hello: 1 });
  await eventually(() => (messages.length > 1 ? true : undefined), "the child's answer");
  expect(messages).toEqual(["up", { echo: { hello: 1 } }]);
  await child.stop(2000);
  expect(child.state()).toMatchObject({ state: "stopped", restarts: 0 });
});

test("a child that heeds no signal ends by our word, in its own way", async () => {
  const script = `process.on("SIGTERM", () => {}); process.on("message", (m) => m.type === "stop" && process.exit(0));`;
  const child = start(`${script} process.send("up"); setInterval(() => {}, 1000)`);
  await eventually(() => (child.state().state === "running" ? true : undefined), "the child to run");
  await child.stop(5000);
  expect(child.state()).toMatchObject({ state: "stopped", lastExit: "exit code 0" });
});

test("a child that hears nothing yet ends by the signal", async () => {
  const child = start("Bun.sleepSync(10_000)");
  await child.stop(5000);
  expect(child.state()).toMatchObject({ state: "stopped", lastExit: "signal SIGTERM" });
});

test("a child that dies is started again, each time later, and says how it ended", async () => {
  const exits: string[] = [];
  const child = start("process.exit(3)", [], exits);
  await eventually(() => (exits.length >= 3 ? true : undefined), "three exits");
  expect(child.state()).toMatchObject({ lastExit: "exit code 3" });
  expect(child.state().restarts).toBeGreaterThanOrEqual(3);
});

test("a child that is killed is started again", async () => {
  const exits: string[] = [];
  const child = start(ECHO, [], exits);
  await eventually(() => (child.state().state === "running" ? true : undefined), "the child to run");
  const first = child.state().pid;
  child.kill("told to by the test");
  await eventually(
    () => (child.state().state === "running" && child.state().pid !== first ? true : undefined),
    "the child to run again",
  );
  expect(exits).toEqual(["told to by the test"]);
});
