// Runs Bun with the environment it needs at its start, and hands over signals and the exit code.
import { spawn } from "node:child_process";
import { constants } from "node:os";

import { findBun } from "./find-bun.js";

/** Bun's fetch opens at most 256 requests at once unless this is set when the process starts. */
const MAX_HTTP_REQUESTS = "65336";

/** How often it is looked whether the shell is still there that npm runs a script in. */
const LOOK_FOR_SHELL_MS = 250;

/** `endWithParent`: the end of the process that started us is a SIGTERM, for a shell between us and npm passes none on. */
export function runBun(args, { endWithParent = false } = {}) {
  const bun = findBun();
  if (bun === undefined) {
    console.error(
      "modeltap: the Bun runtime is not installed for this machine. Run `npm install` again; it comes as the package `bun`.",
    );
    process.exit(1);
  }
  const child = spawn(bun, args, {
    stdio: "inherit",
    env: { BUN_CONFIG_MAX_HTTP_REQUESTS: MAX_HTTP_REQUESTS, ...process.env },
  });
  // A terminal sends Ctrl-C to both of us: the child decides when to go, we only pass on what was sent to us alone.
  for (const signal of ["SIGTERM", "SIGHUP", "SIGUSR2"]) process.on(signal, () => child.kill(signal));
  process.on("SIGINT", () => {
    if (!process.stdin.isTTY) child.kill("SIGINT");
  });
  if (endWithParent) {
    const parent = process.ppid;
    const timer = setInterval(() => {
      if (process.ppid === parent) return;
      clearInterval(timer);
      child.kill("SIGTERM");
    }, LOOK_FOR_SHELL_MS);
  }
  child.on("error", (failure) => {
    console.error(`modeltap: Bun could not be started (${failure.message}).`);
    process.exit(1);
  });
  child.on("exit", (code, signal) => {
    process.exit(signal === null ? (code ?? 1) : 128 + (constants.signals[signal] ?? 0));
  });
}
