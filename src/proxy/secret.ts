/** @module Secrets that upstreams need: from a snapshot of the environment, or from a file that is read anew when it changes. */

import { readFileSync, statSync } from "node:fs";

/** How long a look at the file's time of change is good for. */
const FILE_CHECK_MS = 1000;

/** The variable of the snapshot, trimmed; empty counts as missing. */
export function createVariableSecret(
  variables: Readonly<Record<string, string | undefined>>,
  name: string,
): () => string | undefined {
  return () => toSecret(variables[name]);
}

/** The file's text, trimmed; undefined while it is missing, empty or unreadable. Cost: one `stat` a second while in use. */
export function createFileSecret(path: string, now: () => number): () => string | undefined {
  let checkedAt = Number.NEGATIVE_INFINITY;
  let version = "";
  let secret: string | undefined;
  return () => {
    if (now() - checkedAt < FILE_CHECK_MS && secret !== undefined) return secret;
    checkedAt = now();
    try {
      const { mtimeMs, size, ino } = statSync(path);
      const current = `${mtimeMs} ${size} ${ino}`;
      if (current !== version || secret === undefined) secret = toSecret(readFileSync(path, "utf8"));
      version = current;
    } catch {
      secret = undefined;
    }
    return secret;
  };
}

/** A secret is one line that may stand in a header field. */
function toSecret(text: string | undefined): string | undefined {
  const trimmed = text?.trim();
  return trimmed === undefined || trimmed === "" || /[^\u0020-\u007e]/.test(trimmed) ? undefined : trimmed;
}
