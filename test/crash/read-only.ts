/** @module Two ways to take writing away from a running program: a directory sealed file by file, and a disk that fails. */

import { spawnSync } from "node:child_process";
import { closeSync, mkdtempSync, openSync, readFileSync, rmSync, writeFileSync, writeSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";

export type Seal = Disposable & { break(): void };

/** From now on nothing under the directory can be written, created or deleted, not even through files already open. */
export function seal(directory: string): Seal {
  changeSeal(directory, "+i");
  let isBroken = false;
  const breakSeal = (): void => {
    if (!isBroken) changeSeal(directory, "-i");
    isBroken = true;
  };
  return { break: breakSeal, [Symbol.dispose]: breakSeal };
}

/** An ext4 file system in a file, as a disk that can be made to fail. */
export class FailingDisk {
  readonly mount = mkdtempSync(join(tmpdir(), "modeltap-failing-"));
  readonly #image = `${this.mount}.img`;
  #device = "";

  constructor(mebibytes: number) {
    writeFileSync(this.#image, "");
    run("truncate", "-s", `${mebibytes}M`, this.#image);
    // Without a journal of its own, the error takes effect at once.
    run("mkfs.ext4", "-q", "-O", "^has_journal", this.#image);
    this.mountIt();
  }

  mountIt(): void {
    run("mount", "-o", "loop,errors=remount-ro", this.#image, this.mount);
    const mounted = readFileSync("/proc/mounts", "utf8")
      .split("\n")
      .find((line) => line.split(" ")[1] === this.mount);
    this.#device = basename(mounted?.split(" ")[0] ?? "");
  }

  unmountIt(): void {
    run("umount", this.mount);
  }

  /** What the kernel does when it meets an input/output error: every write fails from now on, through open files too. */
  fail(): void {
    writeFileSync(`/sys/fs/ext4/${this.#device}/trigger_fs_error`, "test");
  }

  [Symbol.dispose](): void {
    spawnSync("umount", ["--lazy", this.mount]);
    rmSync(this.mount, { recursive: true, force: true });
    rmSync(this.#image, { force: true });
  }
}

function findSealObstacle(): string | undefined {
  const directory = mkdtempSync(join(tmpdir(), "modeltap-seal-"));
  const fd = openSync(join(directory, "file"), "w");
  try {
    using _ = seal(directory);
    return canWrite(fd) ? " (sealed files can be written here)" : undefined;
  } catch (cause) {
    return toReason(cause);
  } finally {
    closeSync(fd);
    rmSync(directory, { recursive: true, force: true });
  }
}

function canWrite(fd: number): boolean {
  try {
    return writeSync(fd, "x") > 0;
  } catch {
    return false;
  }
}

function toReason(cause: unknown): string {
  return ` (${cause instanceof Error ? cause.message.trim().split("\n")[0] : "not allowed"})`;
}

function findDiskObstacle(): string | undefined {
  try {
    using disk = new FailingDisk(4);
    disk.fail();
    return undefined;
  } catch (cause) {
    return toReason(cause);
  }
}

/** Sockets have no such flag and are left out. */
function changeSeal(directory: string, change: "+i" | "-i"): void {
  run("find", directory, "(", "-type", "f", "-o", "-type", "d", ")", "-exec", "chattr", change, "{}", "+");
}

function run(command: string, ...args: readonly string[]): void {
  const { status, stderr, error } = spawnSync(command, args, { encoding: "utf8" });
  if (status !== 0) throw new Error(`${command}: ${error?.message ?? stderr}`);
}

/** Why files cannot be sealed here, in brackets for a test name; undefined when they can. */
export const whyNoSeal: string | undefined = findSealObstacle();

/** Why there can be no failing disk here, in brackets for a test name; undefined when there can. */
export const whyNoFailingDisk: string | undefined = findDiskObstacle();
