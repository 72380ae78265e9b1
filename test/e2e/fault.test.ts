/** @module A fault of modeltap that nobody caught: streams end, the record is whole; an error stops it in order, a rejection does not. */

import { expect, test } from "bun:test";
import { join } from "node:path";

import { createGate, eventually } from "../support/gate.ts";
import { ROOT, startModeltap } from "../support/modeltap.ts";
import { openRaw } from "../support/raw-request.ts";
import { body, head, sseText, wait } from "../support/step.ts";
import { createUpstream } from "../support/upstream.ts";
import { chatEvents } from "./answers.ts";
import { startOn } from "./stage.ts";

const PRELOAD = join(ROOT, "test/support/fault-on-signal.ts");

test.each(["exception", "rejection"])(
  "%s: a running stream ends whole; an exception then ends the program with 1, and it says why",
  async (fault) => {
    await using upstream = await createUpstream();
    const gate = createGate();
    const events = chatEvents([{ content: "a" }], { input: 7, output: 2 });
    upstream.on(/./, [
      head(200, [
        ["content-type", "text/event-stream"],
        ["transfer-encoding", "chunked"],
      ]),
      body(sseText(events[0] ?? "")),
      wait(gate.opened),
      ...events.slice(1).map((event) => body(sseText(event))),
    ]);
    const program = await startModeltap({
      config: { timeouts: { drain: "20s" }, providers: { openai: { base_url: upstream.url } } },
      command: [process.execPath, "--no-env-file", "--preload", PRELOAD, "src/main.ts"],
      env: { INJECTED_FAULT: fault },
    });
    try {
      const client = await openRaw(program.url);
      await client.send(
        client.requestText({
          method: "POST",
          target: "/openai/v1/chat/completions",
          headers: [["Content-Type", "application/json"]],
          body: '{"model":"m","stream":true,"stream_options":{"include_usage":true},"messages":[]}',
        }),
      );
      await client.waitFor("chat.completion.chunk");
      process.kill(program.pid, "SIGUSR2");
      // A second one changes nothing.
      await eventually(
        () => (program.logs().includes(`injected ${fault}`) ? true : undefined),
        "the log to tell of it",
      );
      process.kill(program.pid, "SIGUSR2");
      gate.open();
      const answer = await client.response();
      expect([answer.complete, answer.text]).toEqual([true, events.map(sseText).join("")]);
      if (fault === "rejection") {
        expect((await fetch(`${program.url}/health`)).status).toBe(200);
        await program.stop();
      } else {
        expect(await program.exited).toBe(1);
        expect(program.logs()).toContain('"exit_code":1');
      }
      await using again = await startOn(upstream.url, { home: program.home });
      expect((await again.waitForRows(1))[0]).toMatchObject({ state: "completed", input_tokens: 7, output_tokens: 2 });
    } finally {
      await program.destroy();
    }
  },
);
