/** @module A file system of a few megabytes that a test can fill or make read-only, where the machine allows it. */

import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** Why there can be none here, in brackets for a test name; undefined when there can. */
export const whyNoSmallDisk: string | undefined = findObstacle();

/** Runs `work` with the mount point of a new small disk, which goes away whatever happens. */
export async function withSmallDisk(work: (mount: string) => void | Promise<void>, mebibytes = 1): Promise<void> {
  const mount = mountSmallDisk(mebibytes);
  if (mount === undefined) throw new Error("no small disk");
  try {
    await work(mount);
  } finally {
    unmount(mount);
  }
}

function findObstacle(): string | undefined {
  if (process.platform !== "linux" || process.getuid?.() !== 0) return " (needs root on Linux)";
  const mount = mountSmallDisk(1);
  if (mount === undefined) return " (mount is not allowed)";
  unmount(mount);
  return undefined;
}

function mountSmallDisk(mebibytes: number): string | undefined {
  const directory = mkdtempSync(join(tmpdir(), "modeltap-disk-"));
  if (spawnSync("mount", ["-t", "tmpfs", "-o", `size=${mebibytes}m`, "tmpfs", directory]).status === 0)
    return directory;
  rmSync(directory, { recursive: true });
  return undefined;
}

function unmount(directory: string): void {
  // Lazily, because a failed test may have left files open.
  spawnSync("umount", ["--lazy", directory]);
  rmSync(directory, { recursive: true, force: true });
}
