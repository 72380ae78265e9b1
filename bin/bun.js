#!/usr/bin/env node
// Bun itself, as the scripts of package.json call it.
import { runBun } from "./run-bun.js";

runBun(process.argv.slice(2));
