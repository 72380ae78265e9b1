/** @module What the caller says of itself in `X-Modeltap-*` fields; the proxy takes them out before forwarding. */

import type { Tags } from "../domain/turn.ts";
import { type Evidence, toId, toName } from "./request.ts";

export type Overrides = {
  readonly tool?: string;
  readonly client?: string;
  readonly session?: string;
  readonly run?: string;
  readonly tags?: Tags;
};

const TAG_PREFIX = "x-modeltap-tag-";
const MAX_TAGS = 20;

export function readOverrides(evidence: Evidence): Overrides {
  const tool = toToolName(evidence.header("x-modeltap-tool"));
  const client = toName(evidence.header("x-modeltap-client"));
  const session = toId(evidence.header("x-modeltap-session"));
  const run = toName(evidence.header("x-modeltap-run"));
  const tags = readTags(evidence);
  return {
    ...(tool === undefined ? {} : { tool }),
    ...(client === undefined ? {} : { client }),
    ...(session === undefined ? {} : { session }),
    ...(run === undefined ? {} : { run }),
    ...(tags === undefined ? {} : { tags }),
  };
}

/** Tools are few: a name is lower-case and without spaces, so that `Claude Code` and `claude-code` are one. */
export function toToolName(value: string | undefined): string | undefined {
  const name = toName(value)
    ?.toLowerCase()
    .replaceAll(/[^a-z0-9._-]+/g, "-")
    .replaceAll(/^-+|-+$/g, "")
    .slice(0, 60);
  return name === undefined || name === "" ? undefined : name;
}

function readTags(evidence: Evidence): Tags | undefined {
  const tags: Record<string, string> = {};
  let count = 0;
  for (const name of evidence.headerNames) {
    const key = name.startsWith(TAG_PREFIX) ? name.slice(TAG_PREFIX.length) : "";
    const value = key === "" ? undefined : toName(evidence.header(name));
    if (value === undefined) continue;
    // Own members only: a tag called __proto__ is a tag.
    Object.defineProperty(tags, key, { value, enumerable: true });
    count += 1;
    if (count === MAX_TAGS) break;
  }
  return count === 0 ? undefined : tags;
}
