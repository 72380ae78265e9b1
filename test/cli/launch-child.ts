/** @module Run by launch.test.ts: makes its environment right, then tells what it has become. */

import { ensureRuntimeEnvironment, isCompiled, toOwnCommand } from "../../src/cli/launch.ts";

const before = process.pid;
ensureRuntimeEnvironment();
process.stdout.write(
  JSON.stringify({
    pid: before,
    maxRequests: process.env["BUN_CONFIG_MAX_HTTP_REQUESTS"],
    fromDotEnv: process.env["LAUNCH_TEST"],
    given: process.env["LAUNCH_GIVEN"],
    args: process.argv.slice(2),
    flags: process.execArgv,
    isCompiled: isCompiled(),
    own: toOwnCommand("recorder"),
  }),
);
