/** @module Which exchange the recorder was busy with when it died: after two crashes it is not read again. */

import { closeSync, mkdirSync, openSync, readFileSync, readSync, renameSync, writeFileSync, writeSync } from "node:fs";
import { join } from "node:path";
import { type ExchangeId, parseExchangeId } from "../domain/id.ts";

export interface PoisonMark {
  /** Names the exchange whose bytes are looked at next. Cost: one small write when it is another than before. */
  mark(id: ExchangeId): void;
  /** Nothing is being looked at. */
  clear(): void;
  isQuarantined(id: ExchangeId): boolean;
  close(): void;
}

/** An exchange under this much suspicion is stored unread: two crashes, or many deaths with another explanation. */
const QUARANTINE = 2;
const CRASH = 1;
/** Somebody killed the recorder or the whole program, or memory ran out: mostly not the fault of what was being read. */
const KILL = 0.25;
const MAX_SUSPECTS = 100;
const ID_BYTES = 36;
const MARK_FILE = "recorder-reading";
const SUSPECTS_FILE = "recorder-suspects.json";

/**
 * A mark left in the directory means that the last recorder died on it; `isCrash` says whether by its own fault.
 * Throws when the directory cannot be written.
 */
export function openPoisonMark(directory: string, { isCrash }: { readonly isCrash: boolean }): PoisonMark {
  mkdirSync(directory, { recursive: true, mode: 0o700 });
  const fd = openSync(join(directory, MARK_FILE), openMode(join(directory, MARK_FILE)), 0o600);
  const bytes = Buffer.alloc(ID_BYTES, " ");
  readSync(fd, bytes, 0, ID_BYTES, 0);
  const suspects = readSuspects(directory);
  const left = parseExchangeId(bytes.toString("latin1"));
  if (left !== undefined) {
    addSuspicion(suspects, left, isCrash ? CRASH : KILL);
    writeSuspects(directory, suspects);
  }
  let marked: ExchangeId | undefined = left;

  function write(text: string): void {
    bytes.write(text, 0, "latin1");
    try {
      writeSync(fd, bytes, 0, ID_BYTES, 0);
    } catch {
      // A full disk must not stop the recording; a crash is only harder to explain then.
    }
  }

  const mark: PoisonMark = {
    mark(id) {
      if (marked === id) return;
      marked = id;
      write(id);
    },
    clear() {
      if (marked === undefined) return;
      marked = undefined;
      write(" ".repeat(ID_BYTES));
    },
    isQuarantined: (id) => (suspects.get(id) ?? 0) >= QUARANTINE,
    close() {
      mark.clear();
      closeSync(fd);
    },
  };
  mark.clear();
  return mark;
}

function openMode(path: string): string {
  try {
    closeSync(openSync(path, "r"));
    return "r+";
  } catch {
    return "w+";
  }
}

/** The newest suspects stand last; old ones are forgotten. */
function addSuspicion(suspects: Map<ExchangeId, number>, id: ExchangeId, suspicion: number): void {
  const total = (suspects.get(id) ?? 0) + suspicion;
  suspects.delete(id);
  suspects.set(id, total);
  for (const oldest of suspects.keys()) {
    if (suspects.size <= MAX_SUSPECTS) return;
    suspects.delete(oldest);
  }
}

function readSuspects(directory: string): Map<ExchangeId, number> {
  const suspects = new Map<ExchangeId, number>();
  try {
    const stored: unknown = JSON.parse(readFileSync(join(directory, SUSPECTS_FILE), "utf8"));
    if (typeof stored !== "object" || stored === null) return suspects;
    for (const [text, suspicion] of Object.entries(stored)) {
      const id = parseExchangeId(text);
      if (id !== undefined && typeof suspicion === "number") suspects.set(id, suspicion);
    }
  } catch {
    // No file, or one cut by a crash: the count begins anew.
  }
  return suspects;
}

function writeSuspects(directory: string, suspects: ReadonlyMap<ExchangeId, number>): void {
  const path = join(directory, SUSPECTS_FILE);
  writeFileSync(`${path}.new`, JSON.stringify(Object.fromEntries(suspects)), { mode: 0o600 });
  renameSync(`${path}.new`, path);
}
