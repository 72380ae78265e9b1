/** @module What `modeltap --help` prints. */

import { START_FLAGS } from "./parse.ts";

/** Help of the program, or of one of its commands. */
export function toHelpText(version: string, topic?: string): string {
  if (topic === "start") return `Usage: modeltap start [flags]\n\n${flagLines()}\n`;
  return `modeltap ${version}: a transparent proxy and flight recorder for LLM traffic

Usage: modeltap [start] [flags]
       modeltap config show [flags]     every setting, its value and where it comes from
       modeltap keys create NAME | list | revoke ID     keys that let clients in, see docs/security.md
       modeltap password                hash of a password for the pages, see docs/security.md
       modeltap prices explain PROVIDER MODEL [--input N] [--output N] [--cache-read N] …
       modeltap prices refresh          fetch current prices now
       modeltap prices backfill [--all] [--cached] [--limit N]   price what had no price when it was recorded
       modeltap providers [show] [--all] [--json]   where requests may go, and whether the credential is there
       modeltap providers path | reload             the providers.json in use; read the files again
       modeltap routes [list] [--json]  model routes in the order they are tried
       modeltap routes simulate METHOD PATH [--model M] [--provider ID] [--stream] [--header NAME:VALUE] …
       modeltap routes export | import FILE [--check]   what is stored about routes, as JSON
       modeltap --version | --help

Flags of start:
${flagLines()}

Point a client at http://127.0.0.1:8080/<provider>/… instead of the provider, and open http://127.0.0.1:8080/dashboard.
Every flag is also a setting in config.toml and an environment variable: see docs/configuration.md.
`;
}

function flagLines(): string {
  const names = START_FLAGS.map((flag) => (flag.value === undefined ? flag.name : `${flag.name} ${flag.value}`));
  const width = Math.max(...names.map((name) => name.length));
  return START_FLAGS.map((flag, index) => `  ${names[index]?.padEnd(width)}  ${flag.help}`).join("\n");
}
