import { expect, test } from "bun:test";

import { EventCutter, toFixEvent, withData } from "../../src/fix/event.ts";

const encode = (text: string) => new TextEncoder().encode(text);
const decode = (bytes: Uint8Array) => new TextDecoder().decode(bytes);

const STREAM = [
  "data: 1\n\n",
  "\n",
  "event: x\r\ndata: 2\r\n\r\n",
  "\r\n",
  ": é\n\n",
  "data: a\rb\n\n",
  "data: 3\n\r\n",
];

test("events end behind their blank line and lose no byte, however the bytes are split", () => {
  const bytes = encode(`${STREAM.join("")}data: rest`);
  for (let size = 1; size <= bytes.length; size++) {
    const cutter = new EventCutter();
    const events: string[] = [];
    for (let at = 0; at < bytes.length; at += size) {
      events.push(...cutter.push(bytes.slice(at, at + size)).map(decode));
    }
    expect(events).toEqual(STREAM);
    expect(cutter.heldBytes).toBe(10);
    expect(decode(cutter.takeRest())).toBe("data: rest");
    expect(cutter.heldBytes).toBe(0);
  }
});

test("data lines are joined, other fields are not data", () => {
  expect(toFixEvent(encode("id: 1\ndata: a\r\ndata:b\n\n")).data).toBe("a\nb");
  expect(toFixEvent(encode(": ping\n\n")).data).toBeUndefined();
});

test("other data in the same event", () => {
  expect(decode(withData(toFixEvent(encode("id: 1\r\ndata: a\r\ndata: b\r\n\r\n")), "c"))).toBe(
    "id: 1\r\ndata: c\r\n\r\n",
  );
  expect(decode(withData(toFixEvent(encode("data: a\n\n")), "{}"))).toBe("data: {}\n\n");
});
