import { expect, test } from "bun:test";

import { UsageError } from "../../src/cli/parse.ts";
import { takePlace } from "../../src/cli/place-flags.ts";

test("flags of the place are taken out wherever they stand, the last of each counts", () => {
  const { flags, rest } = takePlace([
    "--config",
    "a",
    "list",
    "--data-dir=/d",
    "--json",
    "--env-file",
    "e",
    "--config=b",
  ]);
  expect(rest).toEqual(["list", "--json"]);
  expect(flags).toEqual({
    settings: { data_dir: { value: "/d", flag: "--data-dir" } },
    demo: false,
    configFile: "b",
    envFile: "e",
  });
  expect(takePlace(["create", "--configure"])).toEqual({
    flags: { settings: {}, demo: false },
    rest: ["create", "--configure"],
  });
});

test.each([["--config"], ["--data-dir="]])("%s without a value is refused", (flag) => {
  expect(() => takePlace(["list", flag])).toThrow(UsageError);
});
