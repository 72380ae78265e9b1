import { expect, test } from "bun:test";

import { LoadError } from "../../src/config/load-error.ts";
import { load } from "./load-support.ts";

test("a configuration that does not fit still says where the data is", () => {
  const failure = (() => {
    try {
      load({ toml: 'data_dir = "/data"\nupstream = "nobody"' });
    } catch (error) {
      return error;
    }
    return undefined;
  })();
  if (!(failure instanceof LoadError)) throw new Error("no LoadError");
  expect(failure.values.data_dir).toBe("/data");
  expect(failure.problems).toEqual([expect.stringContaining("config.toml:2")]);
});
