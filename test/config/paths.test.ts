import { afterAll, describe, expect, test } from "bun:test";
import { chmodSync, mkdirSync, mkdtempSync, rmSync, statSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import {
  createPrivateDirectory,
  createRunDirectory,
  explain,
  findConfigDirectory,
  findDataDirectory,
  findRunDirectory,
  resolvePath,
} from "../../src/config/paths.ts";

const home = mkdtempSync(join(tmpdir(), "modeltap-paths-"));
afterAll(() => rmSync(home, { recursive: true, force: true }));

test("directories follow XDG, on macOS too", () => {
  expect(findConfigDirectory({ HOME: "/h" }, "linux")).toBe("/h/.config/modeltap");
  expect(findDataDirectory({ HOME: "/h" }, "darwin")).toBe("/h/.local/share/modeltap");
  expect(findDataDirectory({ HOME: "/h", XDG_DATA_HOME: "/x" }, "darwin")).toBe("/x/modeltap");
  expect(findConfigDirectory({ HOME: "/h", XDG_CONFIG_HOME: "/x" }, "linux")).toBe("/x/modeltap");
});

test("a relative or empty XDG path is ignored, as its specification wants", () => {
  expect(findConfigDirectory({ HOME: "/h", XDG_CONFIG_HOME: "x" }, "linux")).toBe("/h/.config/modeltap");
  expect(findDataDirectory({ HOME: "/h", XDG_DATA_HOME: "" }, "linux")).toBe("/h/.local/share/modeltap");
});

test("paths begin at their base, at the home, or at the root", () => {
  expect(resolvePath("x/y", "/b", { HOME: "/h" })).toBe("/b/x/y");
  expect(resolvePath("~/y", "/b", { HOME: "/h" })).toBe("/h/y");
  expect(resolvePath("~", "/b", { HOME: "/h" })).toBe("/h");
  expect(resolvePath("/y", "/b", { HOME: "/h" })).toBe("/y");
  expect(resolvePath("~other/y", "/b", { HOME: "/h" })).toBe("/b/~other/y");
});

describe("the directory of the sockets", () => {
  test("is in the data directory when the path is short enough for a socket", () => {
    expect(findRunDirectory("/srv/modeltap")).toBe("/srv/modeltap/run");
  });

  test("is a short one of its own in the temporary directory otherwise, always the same for one data directory", () => {
    const long = `/srv/${"d".repeat(100)}`;
    const found = findRunDirectory(long, "/tmp");
    expect(found).toMatch(/^\/tmp\/modeltap-\w+-[0-9a-f]{12}$/);
    expect(findRunDirectory(long, "/tmp")).toBe(found);
    expect(findRunDirectory(`${long}2`, "/tmp")).not.toBe(found);
    expect(findRunDirectory(long, `/t${"m".repeat(100)}`)).toStartWith("/tmp/");
  });

  test("counts bytes, not characters", () => {
    expect(findRunDirectory(`/srv/${"ü".repeat(45)}`, "/tmp")).toStartWith("/tmp/");
  });

  test("holds a real socket at the longest path that is left inside", () => {
    const room = 103 - 1 - "recorder.sock".length - "/run".length - home.length - 1 - 8;
    const data = join(home, "s".repeat(room));
    const run = findRunDirectory(data);
    expect(run).toBe(join(data, "run"));
    createRunDirectory(run);
    const server = Bun.listen({ unix: join(run, "recorder.sock"), socket: { data() {} } });
    server.stop(true);
  });
});

test("a private directory is made with mode 0700, its parents too", () => {
  createPrivateDirectory(join(home, "a/b"), "data_dir");
  expect(statSync(join(home, "a/b")).mode & 0o777).toBe(0o700);
});

test("a directory that cannot be made is told with its key", () => {
  writeFileSync(join(home, "file"), "");
  expect(() => createPrivateDirectory(join(home, "file/x"), "data_dir")).toThrow(
    /^data_dir: the directory .* cannot be written: /,
  );
});

test("a run directory that others may enter is closed, and one that is a link is refused", () => {
  mkdirSync(join(home, "open"));
  chmodSync(join(home, "open"), 0o777);
  createRunDirectory(join(home, "open"));
  expect(statSync(join(home, "open")).mode & 0o777).toBe(0o700);
  symlinkSync(join(home, "open"), join(home, "link"));
  expect(() => createRunDirectory(join(home, "link"))).toThrow("belongs to somebody else");
});

test("what the system said is told without its call", () => {
  expect(explain(new Error("ENOENT: no such file or directory, open '/x'"))).toBe("no such file or directory");
  expect(explain("odd")).toBe("odd");
});
