import { expect, test } from "bun:test";

import { parseDatabase } from "../../src/config/database.ts";

test.each([
  ["usage.db", "usage.db"],
  ["./usage.db", "./usage.db"],
  ["/srv/usage.db", "/srv/usage.db"],
  ["C:\\data\\usage.db", "C:\\data\\usage.db"],
  ["sqlite:usage.db", "usage.db"],
  ["sqlite:/srv/usage.db", "/srv/usage.db"],
  ["sqlite:///usage.db", "usage.db"],
  ["sqlite:///./llm_observe_proxy.sqlite3", "./llm_observe_proxy.sqlite3"],
  ["sqlite:////srv/usage.db", "/srv/usage.db"],
  ["SQLite:///C:/data/usage.db", "C:/data/usage.db"],
  ["sqlite+aiosqlite:///x.db?timeout=5", "x.db"],
  ["sqlite:///a%20b.db", "a b.db"],
])("%s is the file %s", (text, path) => {
  expect(parseDatabase(text)).toEqual({ path });
});

test.each([
  ["", "must be"],
  [":memory:", "must be a file"],
  ["sqlite://", "must be a file"],
  ["sqlite:///:memory:", "must be a file"],
  ["postgresql+psycopg://u:p@host/db", "later release"],
  ["mysql://host/db", "later release"],
  ["file:x.db", "file: URL"],
])("%s is refused", (text, reason) => {
  expect(parseDatabase(text)).toEqual({ wrong: expect.stringContaining(reason) });
});
