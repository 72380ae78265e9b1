/** @module `modeltap password`: the hash of a password, for `dashboard.password_hash`. */

import { UsageError } from "./cli/parse.ts";

const LEAST_LENGTH = 8;

/** Asks without an echo on a terminal, else takes the first line of standard input. Throws UsageError. */
export async function runPassword(args: readonly string[]): Promise<number> {
  // A password on the command line stands in the shell's history and in every process list.
  if (args.length > 0) throw new UsageError("usage: modeltap password; the password is asked for, or read from stdin");
  const password = process.stdin.isTTY ? await ask() : ((await Bun.stdin.text()).split(/\r?\n/, 1)[0] ?? "");
  if (password.length < LEAST_LENGTH) throw new UsageError(`a password has at least ${LEAST_LENGTH} characters`);
  process.stdout.write(`${await Bun.password.hash(password)}\n`);
  return 0;
}

async function ask(): Promise<string> {
  process.stderr.write("Password: ");
  process.stdin.setRawMode(true);
  let typed = "";
  try {
    for await (const chunk of process.stdin) {
      for (const character of String(chunk)) {
        if (character === "\r" || character === "\n") return typed;
        if (character === "\u0003") throw new UsageError("stopped");
        typed = character === "\u007f" || character === "\b" ? typed.slice(0, -1) : typed + character;
      }
    }
    return typed;
  } finally {
    process.stdin.setRawMode(false);
    process.stderr.write("\n");
  }
}
