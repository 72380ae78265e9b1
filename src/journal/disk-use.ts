/** @module How much disk the journal takes and leaves: what other processes deleted, the size bound, free space. */

import { statfsSync, statSync, unlinkSync } from "node:fs";
import { join } from "node:path";
import { compareSegments, readSegments, type Segment, toSegmentName } from "./segment.ts";

/** What was deleted for the size bound. */
export type Dropped = { segments: number; logSegments: number; bytes: number };

export type FreeGuard = { readonly minFreeBytes: number; readonly minFreeFraction: number };

type Sealed = { readonly segment: Segment; readonly bytes: number };

/** Sizes of finished segments. A finished segment never changes, so each is measured once. */
export class DiskUse {
  readonly #directory: string;
  #sealed = new Map<string, Sealed>();
  #sealedBytes = 0;

  constructor(directory: string) {
    this.#directory = directory;
  }

  get sealedSegments(): number {
    return this.#sealed.size;
  }

  get sealedBytes(): number {
    return this.#sealedBytes;
  }

  /** Counts a segment that was just finished. */
  add(segment: Segment, bytes: number): void {
    this.#remember(toSegmentName(segment), { segment, bytes });
  }

  /** Follows what other processes deleted; answers the names that exist now. Throws when the directory is there but cannot be read. */
  refresh(current: ReadonlySet<string>): ReadonlySet<string> {
    const names = new Set<string>();
    for (const segment of readExistingSegments(this.#directory)) {
      const name = toSegmentName(segment);
      names.add(name);
      if (this.#sealed.has(name) || current.has(name)) continue;
      const stat = statSync(join(this.#directory, name), { throwIfNoEntry: false });
      if (stat !== undefined) this.#remember(name, { segment, bytes: stat.size });
    }
    for (const name of this.#sealed.keys()) if (!names.has(name)) this.#forget(name);
    return names;
  }

  /** Deletes finished segments until `excessBytes` are free: oldest bodies first, logs only if bodies are not enough. */
  dropOldest(excessBytes: number, dropped: Dropped): void {
    const oldest = [...this.#sealed.values()].sort(
      (a, b) => a.segment.series.localeCompare(b.segment.series) || compareSegments(a.segment, b.segment),
    );
    let leftBytes = excessBytes;
    for (const { segment, bytes } of oldest) {
      if (leftBytes <= 0) return;
      const name = toSegmentName(segment);
      if (!deleteFile(join(this.#directory, name))) continue;
      this.#forget(name);
      leftBytes -= bytes;
      dropped.bytes += bytes;
      if (segment.series === "body") dropped.segments += 1;
      else dropped.logSegments += 1;
    }
  }

  #remember(name: string, sealed: Sealed): void {
    this.#forget(name);
    this.#sealed.set(name, sealed);
    this.#sealedBytes += sealed.bytes;
  }

  #forget(name: string): void {
    const known = this.#sealed.get(name);
    if (known === undefined) return;
    this.#sealed.delete(name);
    this.#sealedBytes -= known.bytes;
  }
}

/** True when the file system has less free space than the guard asks for; false when it cannot be asked. */
export function isDiskLow(directory: string, guard: FreeGuard): boolean {
  try {
    const { bavail, blocks, bsize } = statfsSync(directory);
    return bavail * bsize < guard.minFreeBytes || bavail < blocks * guard.minFreeFraction;
  } catch {
    return false;
  }
}

function deleteFile(path: string): boolean {
  try {
    unlinkSync(path);
    return true;
  } catch (error) {
    // The recorder may have been faster; gone is gone.
    return isMissing(error);
  }
}

function readExistingSegments(directory: string): Segment[] {
  try {
    return readSegments(directory);
  } catch (error) {
    if (isMissing(error)) return [];
    throw error;
  }
}

function isMissing(error: unknown): boolean {
  return error instanceof Error && "code" in error && error.code === "ENOENT";
}
