/** @module The newest snapshot of stored objects in the proxy process, kept in a file for a start without the recorder. */

import { readFileSync, renameSync, writeFileSync } from "node:fs";

import type { ObjectKind, ObjectSnapshot, StoredObject } from "../domain/stored-object.ts";

export type ObjectBoard = {
  list(kind: ObjectKind): readonly StoredObject[];
  /** Takes a snapshot of the recorder; all who follow are told when it differs from the one before. */
  receive(snapshot: ObjectSnapshot): void;
  /** `onChange` is called now and after each change; what it throws is told to `onProblem`. */
  follow(onChange: () => void): void;
};

const NOTHING: ObjectSnapshot = { seq: 0, objects: [] };

/**
 * Traffic must go by the same keys and routes while the recorder is away or its database cannot be opened: what the
 * last one said is written to `file` (mode 0600) and read at the start. A file that cannot be read is no file.
 */
export function createObjectBoard(options: {
  readonly file: string;
  readonly onProblem: (message: string) => void;
}): ObjectBoard {
  const { file, onProblem } = options;
  const followers: (() => void)[] = [];
  let snapshot = readSnapshot(file);

  function tell(onChange: () => void): void {
    try {
      onChange();
    } catch (error) {
      onProblem(`a stored object could not be taken over: ${error instanceof Error ? error.message : String(error)}`);
    }
  }

  return {
    list: (kind) => snapshot.objects.filter((object) => object.kind === kind),
    receive(next) {
      if (next.seq === snapshot.seq && next.objects.length === snapshot.objects.length) return;
      snapshot = next;
      try {
        writeFileSync(`${file}.new`, JSON.stringify(next), { mode: 0o600 });
        renameSync(`${file}.new`, file);
      } catch (error) {
        onProblem(`${file} could not be written: ${error instanceof Error ? error.message : String(error)}`);
      }
      for (const onChange of followers) tell(onChange);
    },
    follow(onChange) {
      followers.push(onChange);
      tell(onChange);
    },
  };
}

/** What `receive` last wrote; nothing when there is no such file, or it cannot be read. */
export function readSnapshot(file: string): ObjectSnapshot {
  try {
    const value: unknown = JSON.parse(readFileSync(file, "utf8"));
    if (typeof value !== "object" || value === null || !("seq" in value) || !("objects" in value)) return NOTHING;
    const { seq, objects } = value;
    return Number.isSafeInteger(seq) && Array.isArray(objects) && objects.every(isObject)
      ? // Written by `receive`, in a directory that only we may write to.
        (value as ObjectSnapshot)
      : NOTHING;
  } catch {
    return NOTHING;
  }
}

/** What is in its `value` is looked at by those who use it. */
function isObject(object: unknown): boolean {
  return (
    typeof object === "object" &&
    object !== null &&
    "kind" in object &&
    "id" in object &&
    typeof object.kind === "string" &&
    typeof object.id === "string"
  );
}
