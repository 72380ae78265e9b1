import { describe, expect, test } from "bun:test";

import { block, chunk, dataOf, DONE, play, type PlayOptions, reasoning, USAGE } from "./play.ts";

const CALL_ID = "call_qwen_12347abc8def0123456789ab_0";
const ROLE = chunk({ role: "assistant", content: null });
const STOP = chunk({}, "stop");
const LINES = "<parameter=startLine>1</parameter><parameter=endLine>\n30\n</parameter>";

/** The deltas of choice 0, and what ended them. */
function deltasOf(text: string): unknown[] {
  return dataOf(text).map((event) => {
    if (typeof event !== "object" || event === null) return event;
    const { choices } = event as { choices: { delta: object; finish_reason: string | null }[] };
    const [choice] = choices;
    if (choice === undefined) return "usage";
    return choice.finish_reason === null ? choice.delta : [choice.delta, choice.finish_reason];
  });
}

const callOf = (json: string, id = CALL_ID, index = 0) => ({
  index,
  id,
  type: "function",
  function: { name: "read_file", arguments: json },
});

describe("the worked example", () => {
  const events = [
    ROLE,
    reasoning("Need to look at it:\n\n"),
    reasoning("<tool_call>\n<function=read_file>\n<parameter=filePath>"),
    reasoning(`/a\n</parameter>${LINES}</function>\n</tool_call>`),
    USAGE,
    STOP,
    DONE,
  ];

  test("the block becomes a tool call; what is around it keeps its bytes and its order", () => {
    const { text, outcome, warnings } = play(events.join(""));
    expect(text.startsWith(`${ROLE}${events[1]}`)).toBe(true);
    expect(text.endsWith(DONE)).toBe(true);
    expect(text).toContain(USAGE);
    expect(deltasOf(text)).toEqual([
      { role: "assistant", content: null },
      { reasoning_content: "Need to look at it:\n\n" },
      { tool_calls: [callOf('{"filePath":"/a","startLine":1,"endLine":30}')] },
      "usage",
      [{}, "tool_calls"],
      "[DONE]",
    ]);
    expect(warnings).toEqual([]);
    expect(outcome.applied).toEqual([
      {
        fix: "qwen-tagged-tool-call-rewrite",
        action: "promoted_qwen_tagged_tool_call",
        function: "read_file",
        id: CALL_ID,
      },
    ]);
    // The chunk it was cloned from stays around it.
    expect(dataOf(text)[2]).toMatchObject({ id: "c1", object: "chat.completion.chunk", model: "qwen3" });
  });

  test("bytes split anywhere give the same answer", () => {
    const whole = play(events.join("")).text;
    const crlf = events.join("").replaceAll("\n\n", "\r\n\r\n");
    const wholeCrlf = play(crlf).text;
    expect(wholeCrlf).toContain("\r\n\r\n");
    expect(deltasOf(wholeCrlf)).toEqual(deltasOf(whole));
    for (const pieceBytes of [1, 2, 3, 5, 7, 11, 64, 127]) {
      expect(play(events.join(""), { pieceBytes }).text).toBe(whole);
      expect(play(crlf, { pieceBytes }).text).toBe(wholeCrlf);
    }
  });

  test("nothing is held before the first tag", () => {
    for (const event of events.slice(0, 2)) expect(play(event, { isCut: true }).text).toBe(event);
  });

  test("words before the tag in its own delta come out as content", () => {
    const { text } = play([ROLE, reasoning(`Look:\n\n${block("/a")}`), STOP, DONE].join(""));
    expect(deltasOf(text)).toEqual([
      { role: "assistant", content: null },
      { content: "Look:\n\n" },
      { tool_calls: [callOf('{"filePath":"/a"}')] },
      [{}, "tool_calls"],
      "[DONE]",
    ]);
  });

  test("content after the block: all bytes as they came, with a warning", () => {
    const all = [...events.slice(0, 4), chunk({ content: "Hello" }), STOP, DONE].join("");
    const { text, outcome, warnings } = play(all);
    expect(text).toBe(all);
    expect(outcome.applied).toEqual([]);
    expect(warnings).toEqual(["Qwen tool-call rewrite rejected: assistant content appeared alongside tagged block"]);
  });
});

describe("gaps of the original, mended", () => {
  test("the tag may be split over deltas anywhere", () => {
    const text = `Hm. ${block("/a")}`;
    for (let at = 1; at < text.length; at++) {
      const played = play([ROLE, reasoning(text.slice(0, at)), reasoning(text.slice(at)), STOP, DONE].join(""));
      const deltas = deltasOf(played.text);
      expect(deltas).toContainEqual({ tool_calls: [callOf('{"filePath":"/a"}')] });
      expect(deltas.at(-2)).toEqual([{}, "tool_calls"]);
      expect(played.warnings).toEqual([]);
      const words = deltas.map((delta) => Object.values(delta as object)[0]).filter((value) => value === "Hm. ");
      // Up to the tag's first character the words have gone out as reasoning already.
      if (at !== 4) expect(words.length + Number(at < 4)).toBe(1);
    }
    const single = text.split("").map(reasoning).join("");
    expect(deltasOf(play(single + STOP).text)).toContainEqual({ tool_calls: [callOf('{"filePath":"/a"}')] });
  });

  test("what only looks like the start of a tag is passed on with the next delta", () => {
    const all = [
      ROLE,
      reasoning("if a <"),
      reasoning("tool b"),
      reasoning("<tool_"),
      chunk({ content: "x" }),
      STOP,
      DONE,
    ];
    const { text, warnings } = play(all.join(""));
    expect(text).toBe(all.join(""));
    expect(warnings).toEqual([]);
  });

  test("several blocks are several tool calls", () => {
    const all = [
      ROLE,
      reasoning(`${block("/a")}\n`),
      reasoning(`\n${block("/b").slice(0, 40)}`),
      reasoning(block("/b").slice(40)),
      STOP,
      DONE,
    ];
    const { text, outcome } = play(all.join(""));
    expect(deltasOf(text)[1]).toEqual({
      tool_calls: [callOf('{"filePath":"/a"}'), callOf('{"filePath":"/b"}', CALL_ID.replace(/0$/, "1"), 1)],
    });
    expect(outcome.applied).toHaveLength(2);
  });

  test("no two answers share an id, and the same exchange always has the same", () => {
    const all = reasoning(block("/a")) + STOP;
    const idOf = (id: string) => play(all, { id }).outcome.applied[0]?.id;
    const ids = Array.from({ length: 50 }, () => idOf(Bun.randomUUIDv7()));
    expect(new Set(ids).size).toBe(50);
    expect(ids.every((id) => id !== undefined && id.length <= 40)).toBe(true);
    expect(idOf("019aa3f0-1234-7abc-8def-0123456789ab")).toBe(CALL_ID);
  });
});

describe("accepted", () => {
  test("other finish reasons keep their bytes", () => {
    const length = chunk({}, "length");
    expect(play(reasoning(block("/a")) + length).text.endsWith(length)).toBe(true);
  });

  test("the finish may come with the last of the block, and the role with the first", () => {
    const all = chunk({ role: "assistant", reasoning: block("/a") }, "stop");
    expect(deltasOf(play(all + DONE).text)).toEqual([
      { role: "assistant", tool_calls: [callOf('{"filePath":"/a"}')] },
      [{}, "tool_calls"],
      "[DONE]",
    ]);
  });

  test("comments and empty deltas wait with what is held, in their order", () => {
    const ping = ": keep-alive\n\n";
    const [first, second] = [block("/a").slice(0, 30), block("/a").slice(30)];
    const empty = chunk({ content: "" });
    const { text, outcome } = play([ping, reasoning(first), ping, reasoning(second), empty, STOP].join(""));
    expect(outcome.applied).toHaveLength(1);
    expect(text.startsWith(ping)).toBe(true);
    expect(text.indexOf("tool_calls")).toBeLessThan(text.lastIndexOf(ping));
    expect(text).toContain(empty);
  });

  test("after it everything passes, tags included", () => {
    const late = reasoning(block("/b")) + DONE;
    expect(play(reasoning(block("/a")) + STOP + late).text.endsWith(late)).toBe(true);
  });
});

describe("rejected: every byte as it came", () => {
  const tagged = reasoning(block("/a"));
  const open = reasoning(block("/a").slice(0, 40));
  test.each<[string, string, string | undefined, PlayOptions?]>([
    [
      "a structured tool call behind",
      tagged + chunk({ tool_calls: [{ index: 0, id: "x" }] }) + STOP,
      "a structured tool call appeared beside the tagged block",
    ],
    ["more reasoning behind", `${tagged}${reasoning("so")}${STOP}`, "text after the tagged block"],
    ["the end of the stream", tagged, "the stream ended before the answer did"],
    ["[DONE] without a finish", tagged + DONE, "no finish_reason came after the block"],
    ["a finish inside the block", open + STOP, "malformed block"],
    ["usage inside the block", open + USAGE + reasoning(block("/a").slice(40)) + STOP, "the block was interrupted"],
    ["no JSON inside the block", `${open}data: {oops\n\n${STOP}`, "the block was interrupted"],
    [
      "another choice inside the block",
      `${open}data: {"choices":[{"index":1,"delta":{"content":"x"}}]}\n\n`,
      "the block was interrupted",
    ],
    [
      "an undeclared tool",
      reasoning(block("/a").replace("read_file", "write_file")) + STOP,
      'undeclared tool "write_file"',
    ],
    [
      "a value of the wrong type",
      reasoning(block("/a", "<parameter=startLine>one</parameter>")) + STOP,
      'parameter "startLine" is no number',
    ],
    [
      "content before the block",
      chunk({ content: "I will" }) + tagged + STOP,
      "assistant content appeared alongside tagged block",
    ],
    [
      "content beside the block",
      chunk({ reasoning_content: block("/a"), content: "I will" }) + STOP,
      "assistant content appeared alongside tagged block",
    ],
    [
      "two blocks where one call is allowed",
      reasoning(block("/a") + block("/b")) + STOP,
      "several blocks where the request allows one tool call",
      { request: { tools: [{ type: "function", name: "read_file" }], parallel_tool_calls: false } },
    ],
    ["tags in the content", chunk({ content: block("/a") }) + STOP, undefined],
    ["tool calls before the block", chunk({ tool_calls: [{ index: 0 }] }) + tagged + STOP, undefined],
    ["no declared tool", tagged + STOP, undefined, { request: { model: "qwen3" } }],
  ])("%s", (_what, answer, warning, options = {}) => {
    for (const pieceBytes of [1, 50, 100_000]) {
      const { text, outcome, warnings } = play(answer, { ...options, pieceBytes });
      expect(text).toBe(answer);
      expect(outcome.applied).toEqual([]);
      expect(warnings).toEqual(warning === undefined ? [] : [`Qwen tool-call rewrite rejected: ${warning}`]);
    }
  });

  test("one rejection ends the attempts of this stream", () => {
    const all = `${open}${DONE}${tagged}${STOP}`;
    const { text, warnings } = play(all);
    expect([text, warnings.length]).toEqual([all, 1]);
  });

  test("a cut stream gives out what is held, unchanged", () => {
    const { text, outcome } = play(tagged + STOP.slice(0, 10), { isCut: true });
    expect(text).toBe(tagged + STOP.slice(0, 10));
    expect(outcome.applied).toEqual([]);
  });

  test("an event that ends without its blank line passes at the end", () => {
    const all = `${chunk({ content: "x" })}data: [DONE]`;
    expect(play(all).text).toBe(all);
  });
});
