import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

const CHILD = join(import.meta.dir, "launch-child.ts");
const isolation = ["--no-env-file", "--no-install", expect.stringMatching(/^--config=.*\/bin\/bunfig\.toml$/)];

/** A working directory that tries to take part. */
let directory: string;
beforeAll(() => {
  directory = mkdtempSync(join(tmpdir(), "modeltap-launch-"));
  writeFileSync(
    join(directory, ".env"),
    "LAUNCH_TEST=from the working directory\nLAUNCH_GIVEN=from the working directory\n",
  );
});
afterAll(() => rmSync(directory, { recursive: true, force: true }));

async function run(command: readonly string[], environment: Readonly<Record<string, string>>) {
  const child = Bun.spawn([...command], {
    cwd: directory,
    env: { PATH: process.env["PATH"] ?? "", LAUNCH_GIVEN: "given", ...environment },
    stdout: "pipe",
    stderr: "inherit",
  });
  const text = await new Response(child.stdout).text();
  return { pid: child.pid, code: await child.exited, told: JSON.parse(text) };
}

describe("started without what Bun must know", () => {
  test("it becomes itself again with it: same process id, same arguments, no .env of the working directory", async () => {
    const { pid, code, told } = await run([process.execPath, CHILD, "start", "--port", "1"], {});
    expect(code).toBe(0);
    expect(told).toMatchObject({
      pid,
      maxRequests: "65336",
      args: ["start", "--port", "1"],
      flags: isolation,
      given: "given",
    });
    expect(told).not.toHaveProperty("fromDotEnv");
  });

  test("a .env is dropped even when only it was wrong", async () => {
    const { told } = await run([process.execPath, CHILD], { BUN_CONFIG_MAX_HTTP_REQUESTS: "500" });
    expect(told.maxRequests).toBe("500");
    expect(told).not.toHaveProperty("fromDotEnv");
  });
});

test("started well it goes on as it is", async () => {
  const { told } = await run([process.execPath, "--no-env-file", CHILD], { BUN_CONFIG_MAX_HTTP_REQUESTS: "500" });
  expect(told).toMatchObject({ maxRequests: "500", flags: ["--no-env-file"] });
});

test("its own command runs this script with another verb, apart from the working directory", async () => {
  const { told } = await run([process.execPath, "--no-env-file", CHILD], { BUN_CONFIG_MAX_HTTP_REQUESTS: "1" });
  expect(told.own).toEqual([process.execPath, ...isolation, CHILD, "recorder"]);
});

test("a compiled executable becomes itself again, too", async () => {
  const executable = join(directory, "compiled");
  const built = Bun.spawnSync([
    process.execPath,
    "build",
    "--compile",
    "--no-compile-autoload-dotenv",
    "--no-compile-autoload-bunfig",
    CHILD,
    "--outfile",
    executable,
  ]);
  expect(built.exitCode).toBe(0);
  const { pid, told } = await run([executable, "start", "--demo"], {});
  expect(told).toMatchObject({ pid, maxRequests: "65336", args: ["start", "--demo"], isCompiled: true });
  expect(told.own).toEqual([executable, "recorder"]);
  expect(told).not.toHaveProperty("fromDotEnv");
}, 60_000);
