import { expect, test } from "bun:test";

import { toBanner } from "../../src/cli/banner.ts";

const facts = {
  version: "1.2.3",
  url: "http://127.0.0.1:9000",
  dataDirectory: "/srv/d",
  capture: "full",
  demo: false,
} as const;

test("the first line has the form that scripts look for", () => {
  const [first] = toBanner(facts).split("\n");
  expect(first).toBe("modeltap is listening on http://127.0.0.1:9000");
  expect(toBanner({ ...facts, demo: true }).split("\n")[0]).toStartWith(
    "modeltap is listening on http://127.0.0.1:9000 ",
  );
});

test("it says where the data is, what is kept, and how clients are pointed here", () => {
  const text = toBanner({ ...facts, capture: "metadata" });
  expect(text).toContain("/srv/d");
  expect(text).toContain("no bodies");
  expect(text).toContain("ANTHROPIC_BASE_URL=http://127.0.0.1:9000/anthropic");
});
