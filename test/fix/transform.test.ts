import { describe, expect, test } from "bun:test";

import type { FixRun, Verdict } from "../../src/fix/fix.ts";
import { BodyTransform, EventTransform } from "../../src/fix/transform.ts";

const encode = (text: string) => new TextEncoder().encode(text);
const decode = (bytes: Uint8Array) => new TextDecoder().decode(bytes);

function createCase(changes: Partial<FixRun>, maxHeldBytes?: number) {
  const warnings: string[] = [];
  const run: FixRun = { body: () => undefined, event: () => "pass", end: () => {}, ...changes };
  const report = { applied: () => {}, warn: (text: string) => void warnings.push(text) };
  return { warnings, options: { run, report, ...(maxHeldBytes === undefined ? {} : { maxHeldBytes }) } };
}

function feedAll(transform: BodyTransform | EventTransform, pieces: readonly string[], isCut = false): string {
  const seen = pieces.map((piece) => decode(transform.feed(encode(piece))));
  return seen.join("") + decode(transform.end(isCut));
}

describe("events", () => {
  const verdicts = (...list: Verdict[]) => {
    let at = 0;
    return () => list[at++] ?? "pass";
  };

  test("hold, pass and replace keep the order", () => {
    const { options } = createCase({
      event: verdicts("hold", "hold", "pass", "hold", { replace: [encode("new\n\n")] }),
    });
    expect(feedAll(new EventTransform(options), ["a\n\nb\n\nc\n\nd\n\ne\n\nf\n\n"])).toBe(
      "a\n\nb\n\nc\n\nnew\n\nf\n\n",
    );
  });

  test("a fix that throws is out of the way, and nothing is lost", () => {
    let calls = 0;
    const { options, warnings } = createCase({
      event() {
        calls += 1;
        if (calls === 2) throw new TypeError("secret text");
        return "hold";
      },
    });
    expect(feedAll(new EventTransform(options), ["a\n\nb\n", "\nc\n\nd", "d\n\ne"])).toBe("a\n\nb\n\nc\n\ndd\n\ne");
    expect([calls, warnings]).toEqual([2, ["the fix failed: TypeError"]]);
  });

  test("a fix that throws at the end loses nothing either", () => {
    const { options, warnings } = createCase({
      event: () => "hold",
      end() {
        throw new Error("x");
      },
    });
    expect(feedAll(new EventTransform(options), ["a\n\nb"])).toBe("a\n\nb");
    expect(warnings).toHaveLength(1);
  });

  test("over the bound all that is held goes out, and the fix is not asked again", () => {
    let calls = 0;
    const { options, warnings } = createCase(
      {
        event() {
          calls += 1;
          return "hold";
        },
      },
      8,
    );
    const transform = new EventTransform(options);
    expect(decode(transform.feed(encode("abc\n\n")))).toBe("");
    expect(decode(transform.feed(encode("def\n\nrest")))).toBe("abc\n\ndef\n\nrest");
    expect(decode(transform.feed(encode("ghi\n\n")))).toBe("ghi\n\n");
    expect([calls, warnings.length]).toEqual([2, 1]);
  });

  test("one endless event is not held for ever", () => {
    const { options } = createCase({}, 8);
    const transform = new EventTransform(options);
    expect(decode(transform.feed(encode("data: 123")))).toBe("data: 123");
    expect(decode(transform.feed(encode("456\n\nx")))).toBe("456\n\nx");
  });

  test("a cut stream does not ask the fix for its end", () => {
    let ended = 0;
    const { options } = createCase({ event: () => "hold", end: () => void (ended += 1) });
    expect(feedAll(new EventTransform(options), ["a\n\nb"], true)).toBe("a\n\nb");
    expect(ended).toBe(0);
  });
});

describe("whole answers", () => {
  test("an answer that is not changed keeps its bytes", () => {
    const { options, warnings } = createCase({});
    expect(feedAll(new BodyTransform(options), ['{ "a": ', "1.0 }\n"])).toBe('{ "a": 1.0 }\n');
    expect(warnings).toEqual([]);
  });

  test("a changed one is compact", () => {
    const { options } = createCase({ body: (answer) => ({ was: answer }) });
    expect(feedAll(new BodyTransform(options), ['{ "a":', " 1 }"])).toBe('{"was":{"a":1}}');
  });

  test("a fix that throws, an answer that is cut, no JSON, none at all", () => {
    const throwing = createCase({
      body() {
        throw new RangeError("x");
      },
    });
    expect(feedAll(new BodyTransform(throwing.options), ['{"a":1}'])).toBe('{"a":1}');
    expect(throwing.warnings).toEqual(["the fix failed: RangeError"]);
    const cut = createCase({ body: () => ({}) });
    expect(feedAll(new BodyTransform(cut.options), ['{"a":1}'], true)).toBe('{"a":1}');
    const broken = createCase({ body: () => ({}) });
    expect(feedAll(new BodyTransform(broken.options), ['{"a":'])).toBe('{"a":');
    expect(broken.warnings).toEqual(["the answer is no JSON object"]);
    const empty = createCase({ body: () => ({}) });
    expect([feedAll(new BodyTransform(empty.options), []), empty.warnings]).toEqual(["", []]);
  });

  test("over the bound the bytes pass as they come", () => {
    const { options, warnings } = createCase({ body: () => ({}) }, 4);
    const transform = new BodyTransform(options);
    expect(decode(transform.feed(encode('{"a"')))).toBe("");
    expect(decode(transform.feed(encode(":1")))).toBe('{"a":1');
    expect(decode(transform.feed(encode("}")))).toBe("}");
    expect([decode(transform.end(false)), warnings.length]).toEqual(["", 1]);
  });
});
