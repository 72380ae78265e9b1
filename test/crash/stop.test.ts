import { afterEach, describe, expect, test } from "bun:test";
import { connect } from "node:net";

import { createGate, within } from "../support/gate.ts";
import { openRaw } from "../support/raw-request.ts";
import * as step from "../support/step.ts";
import { expectNothingLeft, readRow } from "./aftermath.ts";
import { createScene, type Scene } from "./scene.ts";

const TIMEOUT_MS = 300_000;
const FIRST = '{"id":"c","object":"chat.completion.chunk","model":"m","choices":[{"index":0,"delta":{"content":"a"}}]}';
const LAST =
  '{"id":"c","object":"chat.completion.chunk","model":"m","choices":[],"usage":{"prompt_tokens":7,"completion_tokens":2,"total_tokens":9}}';
const STREAM_CALL = {
  method: "POST",
  target: "/openai/v1/chat/completions",
  body: '{"model":"m","stream":true,"stream_options":{"include_usage":true}}',
};

const open: Scene[] = [];
afterEach(async () => {
  for (const scene of open.splice(0)) await scene[Symbol.asyncDispose]();
});

/** A running program with one stream through it that goes on when the gate is opened. */
async function startWithStream(drain: string) {
  const scene = await createScene({ config: { timeouts: { drain } } });
  open.push(scene);
  const gate = createGate();
  scene.upstream.on("POST /v1/chat/completions", [
    step.head(200, [
      ["content-type", "text/event-stream"],
      ["transfer-encoding", "chunked"],
    ]),
    step.body(`data: ${FIRST}\n\n`),
    step.wait(gate.opened),
    step.body(`data: ${LAST}\n\ndata: [DONE]\n\n`),
  ]);
  await scene.program.start();
  const client = await openRaw(scene.program.url);
  await client.send(client.requestText(STREAM_CALL));
  await client.waitFor(FIRST);
  return { scene, program: scene.program, gate, client };
}

/**
 * Calls on one connection, each right behind the answer of the one before, until one says that the connection will close.
 * `last` is that answer, empty when the connection ended behind a call without one.
 */
function callOnAndOn(port: number, call: string) {
  const [first, last] = [Promise.withResolvers<void>(), Promise.withResolvers<string>()];
  const socket = connect(port, "127.0.0.1", () => socket.write(call));
  let answer = "";
  socket.on("data", (bytes: Buffer) => {
    answer += bytes.toString("latin1");
    // Both kinds of answer are short and come in one piece, or end with a brace.
    if (!answer.endsWith("}")) return;
    first.resolve();
    if (/^connection: close\r$/im.test(answer)) return last.resolve(answer);
    answer = "";
    socket.write(call);
  });
  socket.on("error", () => last.resolve(answer));
  socket.on("end", () => last.resolve(answer));
  return { first: first.promise, last: last.promise };
}

describe("a stop", () => {
  test.each(["SIGTERM", "SIGINT"] as const)(
    "by %s lets a running stream end and takes no new request",
    async (signal) => {
      const { scene, program, gate, client } = await startWithStream("20s");
      program.signal(signal);
      await program.waitForClosedPort();
      gate.open();
      const response = await client.response();
      expect([response.complete, response.text.endsWith("data: [DONE]\n\n")]).toEqual([true, true]);
      expect(await program.running.exited).toBe(0);
      await expectNothingLeft(scene);
      expect(await readRow(scene)).toMatchObject({ state: "completed", input_tokens: 7, output_tokens: 2 });
    },
    TIMEOUT_MS,
  );

  test(
    "breaks what does not end within timeouts.drain, and the record says that it was us",
    async () => {
      const { scene, program, client } = await startWithStream("300ms");
      program.signal("SIGTERM");
      expect(await client.waitForEnd()).not.toBe("open");
      expect((await client.response()).complete).toBe(false);
      expect(await program.running.exited).toBe(0);
      await expectNothingLeft(scene);
      expect(await readRow(scene)).toMatchObject({
        state: "failed",
        error_code: "shutting_down",
        ended_by: "proxy",
        status_code: 200,
      });
    },
    TIMEOUT_MS,
  );

  test.each(["SIGINT", "SIGTERM"] as const)(
    "by a %s that every process gets, the proxy twice, is as orderly as one to the proxy alone",
    async (signal) => {
      const { scene, program, gate, client } = await startWithStream("20s");
      // A terminal, `timeout` and systemd send it to the launcher as well, which hands it on.
      const before = program.findProcesses();
      for (const pid of before) process.kill(pid, signal);
      program.signal(signal);
      await program.waitForClosedPort();
      // The recorder and the pages stay as long as there is something to record.
      expect(program.findProcesses()).toEqual(before);
      gate.open();
      expect((await client.response()).complete).toBe(true);
      expect(await program.running.exited).toBe(0);
      await expectNothingLeft(scene);
      expect(await readRow(scene)).toMatchObject({ state: "completed", output_tokens: 2 });
    },
    TIMEOUT_MS,
  );

  test(
    "says so on a kept connection, instead of closing it in the face of a request",
    async () => {
      const { scene, program, gate, client } = await startWithStream("20s");
      scene.upstream.on("POST /v1/quick", step.json({ ok: true }));
      const calls = callOnAndOn(
        program.port,
        "POST /openai/v1/quick HTTP/1.1\r\nHost: localhost\r\nContent-Length: 2\r\n\r\n{}",
      );
      await within(calls.first, "an answer");
      program.signal("SIGTERM");
      // The call that was on its way at that moment is answered by the upstream, a later one by us.
      expect(await within(calls.last, "the last answer")).toMatch(/^HTTP\/1.1 (?:200|503) /);
      gate.open();
      expect((await client.response()).complete).toBe(true);
      expect(await program.running.exited).toBe(0);
    },
    TIMEOUT_MS,
  );

  test(
    "answers what is on its way, and takes the connection with the answer",
    async () => {
      const scene = await createScene({ config: { timeouts: { drain: "20s" } } });
      open.push(scene);
      const gate = createGate();
      scene.upstream.on("POST /v1/slow", [step.wait(gate.opened), ...step.json({ ok: true })]);
      await scene.program.start();
      const client = await openRaw(scene.program.url);
      await client.send(client.requestText({ method: "POST", target: "/openai/v1/slow", body: "{}" }));
      await scene.upstream.nextWhole();
      scene.program.signal("SIGTERM");
      await scene.program.waitForClosedPort();
      gate.open();
      const response = await client.response();
      expect([response.status, response.text, response.header("connection")]).toEqual([200, '{"ok":true}', "close"]);
      expect(await client.waitForEnd()).not.toBe("open");
      expect(await scene.program.running.exited).toBe(0);
      expect(await readRow(scene)).toMatchObject({ state: "completed", status_code: 200 });
    },
    TIMEOUT_MS,
  );

  test(
    "ends the stream of a client that has not begun to read, behind all that was sent to it",
    async () => {
      const scene = await createScene({ config: { timeouts: { drain: "300ms" } } });
      open.push(scene);
      scene.upstream.on("POST /v1/large", [
        step.head(200, [
          ["content-type", "text/event-stream"],
          ["transfer-encoding", "chunked"],
        ]),
        step.pattern(60_000_000),
        step.never(),
      ]);
      await scene.program.start();
      const socket = connect(scene.program.port, "127.0.0.1");
      const ended = Promise.withResolvers<string>();
      let got = 0;
      socket.on("data", (bytes: Buffer) => (got += bytes.length));
      socket.on("end", () => ended.resolve("closed"));
      socket.on("error", () => ended.resolve("reset"));
      socket.pause();
      socket.write("POST /openai/v1/large HTTP/1.1\r\nHost: localhost\r\nContent-Length: 2\r\n\r\n{}");
      await scene.upstream.nextWhole();
      await Bun.sleep(300);
      scene.program.signal("SIGTERM");
      expect(await scene.program.running.exited).toBe(0);
      socket.resume();
      expect(await ended.promise).toBe("closed");
      expect(got).toBeGreaterThan(1_000_000);
      expect(got).toBeLessThan(60_000_000);
      socket.destroy();
      expect(await readRow(scene)).toMatchObject({
        state: "failed",
        ended_by: "proxy",
        error_code: "shutting_down",
        status_code: 200,
      });
    },
    TIMEOUT_MS,
  );

  test.each([
    ["SIGTERM", 143],
    ["SIGINT", 130],
  ] as const)(
    "by a second %s is at once, leaves no process, and the next start finds what was cut",
    async (signal, code) => {
      const { scene, program, client } = await startWithStream("1h");
      program.signal("SIGTERM");
      await program.waitForClosedPort();
      // At once it would be the same one, handed on by a launcher.
      await Bun.sleep(500);
      program.signal(signal);
      expect(await program.running.exited).toBe(code);
      expect(await client.waitForEnd()).not.toBe("open");
      await program.waitUntilGone();
      expect(await readRow(scene)).toMatchObject({ state: "interrupted", ended_by: "proxy" });
    },
    TIMEOUT_MS,
  );

  test(
    "with nothing running takes no drain time",
    async () => {
      const scene = await createScene({ config: { timeouts: { drain: "1h" } } });
      open.push(scene);
      await scene.program.start();
      expect(await scene.program.running.stop()).toBe(0);
      await expectNothingLeft(scene);
    },
    TIMEOUT_MS,
  );
});
