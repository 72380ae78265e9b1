import { expect, test } from "bun:test";

import { ConfigError, showValue } from "../../src/config/problem.ts";

test("a short value is shown in quotes, on one line", () => {
  expect(showValue("abc")).toBe('"abc"');
  expect(showValue(5)).toBe("5");
  expect(showValue("a\nb\u001b[31m")).not.toMatch(/\p{Cc}/u);
  expect(showValue("word ".repeat(100)).length).toBeLessThan(90);
});

test.each([
  "sk-proj-abcdefgh12345678",
  "Bearer abcdefghij",
  "https://user:hunter2@proxy.example",
  "AKIAIOSFODNN7EXAMPLE",
  `h${"a1b2c3d4".repeat(5)}`,
])("%s is never shown", (value) => {
  expect(showValue(value)).toBe("a value that looks like a secret");
  expect(showValue([value])).toBe("a value that looks like a secret");
});

test("an error holds every problem, one line each", () => {
  const error = new ConfigError(["a: wrong", "b: wrong"]);
  expect(error.problems).toEqual(["a: wrong", "b: wrong"]);
  expect(error.message).toBe("a: wrong\nb: wrong");
});
