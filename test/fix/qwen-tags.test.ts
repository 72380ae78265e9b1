import { describe, expect, test } from "bun:test";

import { findCallTag, TagParser, type TagState } from "../../src/fix/qwen-tags.ts";

const BLOCK = "<tool_call>\n<function=read_file>\n<parameter=filePath>\n/a\n</parameter>\n</function>\n</tool_call>";

function parse(text: string): { readonly state: TagState; readonly calls: TagParser["calls"] } {
  const parser = new TagParser();
  return { state: parser.push(text), calls: parser.calls };
}

describe("blocks", () => {
  test("a block is complete with its last character, whatever the text is split into", () => {
    for (let size = 1; size <= BLOCK.length; size++) {
      const parser = new TagParser();
      const states: TagState[] = [];
      for (let at = 0; at < BLOCK.length; at += size) states.push(parser.push(BLOCK.slice(at, at + size)));
      expect(states.slice(0, -1).every((state) => state === "open")).toBe(true);
      expect(states.at(-1)).toBe("complete");
      expect(parser.calls).toEqual([{ name: "read_file", parameters: [["filePath", "/a"]] }]);
    }
  });

  test("several blocks with white space between them", () => {
    const { state, calls } = parse(`${BLOCK}\n\n${BLOCK} \n`);
    expect([state, calls.length]).toEqual(["complete", 2]);
  });

  test("behind a whole block the start of another one is open again", () => {
    const parser = new TagParser();
    expect(parser.push(BLOCK)).toBe("complete");
    expect(parser.push("\n")).toBe("complete");
    expect(parser.push("<tool")).toBe("open");
    expect(parser.push(BLOCK.slice(5))).toBe("complete");
    expect(parser.calls).toHaveLength(2);
  });

  test("a block without parameters, and one on a single line", () => {
    const text = "<tool_call> <function=now></function> </tool_call>";
    expect(parse(text)).toEqual({ state: "complete", calls: [{ name: "now", parameters: [] }] });
    const inline = "<tool_call><function=f><parameter=a>1</parameter><parameter=b>2</parameter></function></tool_call>";
    expect(parse(inline).calls[0]?.parameters).toEqual([
      ["a", "1"],
      ["b", "2"],
    ]);
  });

  test("one line break on each side is no part of a value; other white space and tags inside are", () => {
    const value = (written: string) =>
      parse(`<tool_call><function=f><parameter=a>${written}</parameter></function></tool_call>`).calls[0]
        ?.parameters[0]?.[1];
    expect(value("\n  def f():\n    pass\n\n")).toBe("  def f():\n    pass\n");
    expect(value("\r\nx\r\n")).toBe("x");
    expect(value(" x ")).toBe(" x ");
    expect(value("\n</function>\n</tool_call><tool_call>\n")).toBe("</function>\n</tool_call><tool_call>");
  });
});

describe("refusals", () => {
  test.each([
    ["text behind the block", `${BLOCK} and more`, "text after the tagged block"],
    ["text before the function", "<tool_call>{}", "malformed block"],
    ["no name", "<tool_call><function=>", "missing function name"],
    ["a space in the name", "<tool_call><function=read file>", "missing function name"],
    ["text between parameters", "<tool_call><function=f>\nhello", "text between parameters"],
    ["text behind the function", "<tool_call><function=f></function>x", "malformed block"],
    ["a parameter without a name", "<tool_call><function=f><parameter= >", "malformed block"],
    ["a name without an end", `<tool_call><function=${"x".repeat(300)}`, "malformed block"],
  ])("%s", (_what, text, wrong) => {
    expect(parse(text).state).toEqual({ wrong });
  });

  test("a refusal stays", () => {
    const parser = new TagParser();
    parser.push("<tool_call>{}");
    expect(parser.push(BLOCK)).toEqual({ wrong: "malformed block" });
  });

  test("a block that never ends is open", () => {
    expect(parse(BLOCK.slice(0, -1)).state).toBe("open");
    expect(parse("<tool_call><function=f><parameter=a>x</function></tool_call>").state).toBe("open");
  });
});

test("a long value in small pieces costs linear time", () => {
  const parser = new TagParser();
  parser.push("<tool_call><function=f><parameter=a>");
  const started = performance.now();
  for (let at = 0; at < 300_000; at++) parser.push("abcd");
  parser.push("</parameter></function></tool_call>");
  expect(parser.calls[0]?.parameters[0]?.[1]).toHaveLength(1_200_000);
  expect(performance.now() - started).toBeLessThan(5000);
});

test("the tag is found whole, or as what the text ends with", () => {
  expect(findCallTag("a <tool_call> b")).toEqual({ at: 2, isWhole: true });
  expect(findCallTag("a <tool_")).toEqual({ at: 2, isWhole: false });
  expect(findCallTag("a <")).toEqual({ at: 2, isWhole: false });
  expect(findCallTag("a < b")).toBeUndefined();
  expect(findCallTag("")).toBeUndefined();
});
