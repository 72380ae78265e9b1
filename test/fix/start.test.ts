import { expect, test } from "bun:test";

import type { Fix, FixRun } from "../../src/fix/fix.ts";
import { startFixes } from "../../src/fix/start.ts";

const encode = (text: string) => new TextEncoder().encode(text);
const decode = (bytes: Uint8Array) => new TextDecoder().decode(bytes);
const CALL = { exchangeId: "x", body: encode("{}") };
const JSON_ANSWER = { contentType: "application/json", isEncoded: false };

function fixOf(id: string, begin: Fix["begin"]): Fix {
  return { id, name: id, description: "", risk: "", isFor: () => true, begin };
}

/** Adds its letter to the answer's text, and to every event. */
function adder(letter: string): Fix {
  const run = (report: Parameters<Fix["begin"]>[1]): FixRun => ({
    body(answer) {
      report.applied({ action: letter });
      return { text: `${(answer as { text: string }).text}${letter}` };
    },
    event: ({ data }) => ({ replace: [encode(`data: ${data}${letter}\n\n`)] }),
    end() {},
  });
  return fixOf(letter, (_call, report) => run(report));
}

test("several fixes see the answer one after the other", () => {
  const started = startFixes([adder("a"), adder("b")], CALL);
  const whole = started.toTransform(JSON_ANSWER);
  const parts = [whole?.feed(encode('{"text":"')), whole?.feed(encode('x"}')), whole?.end(false)];
  expect(parts.map((part) => decode(part ?? encode("?"))).join("")).toBe('{"text":"xab"}');
  expect(started.outcome).toEqual({
    configured: ["a", "b"],
    applied: [
      { fix: "a", action: "a" },
      { fix: "b", action: "b" },
    ],
    warnings: [],
  });
  const stream = startFixes([adder("a"), adder("b")], CALL).toTransform({
    ...JSON_ANSWER,
    contentType: "text/event-stream; charset=utf-8",
  });
  expect(decode(stream?.feed(encode("data: x\n\ndata: y\n\nda")) ?? encode("?"))).toBe("data: xab\n\ndata: yab\n\n");
  expect(decode(stream?.end(false) ?? encode("?"))).toBe("da");
});

test("a fix without work is not needed, and is listed all the same", () => {
  const started = startFixes([fixOf("idle", () => undefined)], CALL);
  expect(started.areNeeded).toBe(false);
  expect(started.toTransform(JSON_ANSWER)).toBeUndefined();
  expect(started.outcome).toEqual({ configured: ["idle"], applied: [], warnings: [] });
});

test("a fix that throws at its beginning is warned about and left out", () => {
  const failing = fixOf("failing", () => {
    throw new TypeError("x");
  });
  const started = startFixes([failing, adder("b")], CALL);
  expect(started.areNeeded).toBe(true);
  expect(started.outcome.warnings).toEqual([{ fix: "failing", text: "the fix failed: TypeError" }]);
});

test.each([
  [{ contentType: "application/json", isEncoded: true }, "the answer came compressed, so it is left as it is"],
  [{ contentType: "text/html; charset=utf-8", isEncoded: false }, "the answer is text/html, so it is left as it is"],
])("%p is not looked into", (answer, warning) => {
  const started = startFixes([adder("a")], CALL);
  expect(started.toTransform(answer)).toBeUndefined();
  expect(started.outcome.warnings).toEqual([{ fix: "a", text: warning }]);
});

test("an answer without a type is taken for JSON", () => {
  expect(startFixes([adder("a")], CALL).toTransform({ contentType: null, isEncoded: false })).toBeDefined();
});

test("a request that cannot be read is told", () => {
  const started = startFixes(
    [
      fixOf("f", ({ requestBody }) =>
        requestBody === undefined
          ? undefined
          : adder("a").begin({ exchangeId: "x", requestBody }, { applied() {}, warn() {} }),
      ),
    ],
    { exchangeId: "x", body: undefined },
  );
  expect(started.areNeeded).toBe(false);
  expect(started.outcome.warnings).toEqual([
    { fix: "f", text: "the request cannot be read, so its answer is left as it is" },
  ]);
});
