import { expect, test } from "bun:test";

import { createEvents } from "../../src/telemetry/events.ts";
import { createLogger } from "../../src/telemetry/log.ts";
import { createOncePerMinute } from "../../src/telemetry/once-per-minute.ts";

function open() {
  const lines: Record<string, unknown>[] = [];
  const state = { nowMs: 0 };
  const log = createLogger({
    level: "debug",
    format: "json",
    part: "proxy",
    clock: () => 0,
    write: (line) => lines.push(JSON.parse(line)),
  });
  return {
    emit: createEvents(
      log,
      createOncePerMinute(() => state.nowMs),
    ),
    lines,
    state,
  };
}

test("each event's line has its name and its facts", () => {
  const { emit, lines } = open();
  emit.childEnded({ child: "recorder", how: "SIGKILL", restartInMs: 50 });
  emit.tlsInsecure({ provider: "mine" });
  emit.stopped({ exitCode: 0 });
  expect(lines).toMatchObject([
    { level: "warn", event: "child_ended", child: "recorder", how: "SIGKILL", restart_in_ms: 50 },
    { level: "warn", event: "tls_insecure", provider: "mine" },
    { level: "info", event: "stopped", exit_code: 0 },
  ]);
});

test("what traffic can repeat is said once a minute, with a count", () => {
  const { emit, lines, state } = open();
  for (let index = 0; index < 3; index++) emit.requestFault({ reason: "x is not a function" });
  emit.requestFault({ reason: "another" });
  state.nowMs = 60_000;
  emit.requestFault({ reason: "x is not a function" });
  expect(lines.map((line) => [line["reason"], line["held_back"]])).toEqual([
    ["x is not a function", undefined],
    ["another", undefined],
    ["x is not a function", 2],
  ]);
});
