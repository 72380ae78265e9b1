import { expect, test } from "bun:test";
import { isHopByHop, parseConnectionNames, parseMediaType } from "../../src/http/headers.ts";

test("hop-by-hop fields are those of RFC 9110 and their old companions", () => {
  expect(
    ["connection", "te", "trailer", "transfer-encoding", "upgrade", "keep-alive", "proxy-authorization"].every(
      isHopByHop,
    ),
  ).toBe(true);
  expect(["content-length", "expect", "authorization", "set-cookie"].some(isHopByHop)).toBe(false);
});

test("Connection names further fields, but cannot take out those a request needs", () => {
  expect([...(parseConnectionNames("close, X-Hop ,Authorization, Host") ?? [])]).toEqual(["x-hop"]);
  expect(parseConnectionNames("keep-alive")).toBeUndefined();
  expect(parseConnectionNames(null)).toBeUndefined();
});

test("media types lose parameters and case", () => {
  expect(parseMediaType("Text/Event-Stream; charset=utf-8")).toBe("text/event-stream");
  expect(parseMediaType(" ;x")).toBeUndefined();
  expect(parseMediaType(null)).toBeUndefined();
});
