#!/usr/bin/env node
// The command `modeltap`: finds Bun and becomes its parent. `.env` files of the working directory are never read unasked.
import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";

import { runBun } from "./run-bun.js";

const main = fileURLToPath(new URL("../src/main.ts", import.meta.url));
const args = process.argv.slice(2);
const npmStart = args.indexOf("--npm-start");
if (npmStart !== -1) {
  // `npm start` in a checkout: its own .env is meant.
  args.splice(npmStart, 1, ...(existsSync(".env") ? ["--env-file", ".env"] : []));
}
// Nothing of the working directory takes part: not its .env, not the `preload` of its bunfig.toml, no fetched package.
const bunfig = fileURLToPath(new URL("./bunfig.toml", import.meta.url));
runBun(["--no-env-file", "--no-install", `--config=${bunfig}`, main, ...args], {
  endWithParent: npmStart !== -1,
});
