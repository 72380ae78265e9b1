import { describe, expect, test } from "bun:test";

import { createLogger, type LogLevel } from "../../src/telemetry/log.ts";

function open(level: LogLevel = "debug", format: "pretty" | "json" = "json") {
  const lines: string[] = [];
  const log = createLogger({
    level,
    format,
    part: "proxy",
    clock: () => Date.UTC(2026, 0, 2, 3, 4, 5),
    write: (line) => lines.push(line),
  });
  return { log, lines };
}

test("a JSON line has time, level, part, message and the facts that are known", () => {
  const { log, lines } = open();
  log.warn("child ended", { restart_in_ms: 50, detail: undefined, pid: null });
  expect(lines).toHaveLength(1);
  expect(lines[0]).toEndWith("}\n");
  expect(JSON.parse(lines[0] ?? "")).toEqual({
    time: "2026-01-02T03:04:05.000Z",
    level: "warn",
    part: "proxy",
    message: "child ended",
    restart_in_ms: 50,
    pid: null,
  });
});

test("a line for people is short", () => {
  const { log, lines } = open("info", "pretty");
  log.info("stopping", { signal: "SIGTERM", drain_ms: 30 });
  expect(lines).toEqual(['03:04:05 info  proxy: stopping signal="SIGTERM" drain_ms=30\n']);
});

test.each([
  ["debug", 4],
  ["info", 3],
  ["warn", 2],
  ["error", 1],
  ["silent", 0],
] as const)("at level %s, %d of the four levels are written", (level, count) => {
  const { log, lines } = open(level);
  for (const name of ["debug", "info", "warn", "error"] as const) log[name]("x");
  expect(lines).toHaveLength(count);
});

describe.each(["pretty", "json"] as const)("in %s", (format) => {
  test("text from outside makes no line of its own and sends nothing to the terminal", () => {
    const { log, lines } = open("info", format);
    log.info("a\nb\u001b[31m", { reason: "c\nd\u001b[0m\u2028e" });
    const [line = ""] = lines;
    expect(line.slice(0, -1)).not.toMatch(/\p{Cc}/u);
    expect(lines).toHaveLength(1);
  });

  test("a field with the name of a secret shows nothing, long text is cut", () => {
    const { log, lines } = open("info", format);
    log.info("m", {
      authorization: "Bearer abc",
      "x-api-key": "abc",
      session_token: "abc",
      input_tokens: 12,
      body: "y".repeat(9000),
    });
    expect(lines[0]).not.toContain("abc");
    expect(lines[0]).toContain("12");
    expect(lines[0]?.length).toBeLessThan(2500);
  });
});
