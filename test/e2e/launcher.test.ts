/** @module The npm launcher: finds Bun in every layout of packages, hands over signals and exit codes, keeps the working directory out. */

import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { cpSync, linkSync, mkdirSync, mkdtempSync, readdirSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { constants, tmpdir } from "node:os";
import { dirname, join } from "node:path";

const ROOT = join(import.meta.dir, "..", "..");
const NODE = Bun.which("node");
const PLATFORM = `${process.platform === "win32" ? "windows" : process.platform}-${process.arch === "arm64" ? "aarch64" : process.arch}`;
const PLACEHOLDER = "This is a placeholder that the install script replaces.\n";

let home: string;
beforeAll(() => {
  // Beside the checkout's own packages when possible: a hard link costs nothing, a copy 100 MB.
  home = mkdtempSync(join(tmpdir(), "modeltap-launcher-"));
});
afterAll(() => rmSync(home, { recursive: true, force: true }));

/** Writes a package of that name into a folder of packages; `executable` becomes the real Bun at that path. */
function addPackage(
  modules: string,
  name: string,
  content: { readonly executable?: string; readonly placeholder?: string },
): void {
  const folder = join(modules, name);
  mkdirSync(join(folder, "bin"), { recursive: true });
  writeFileSync(join(folder, "package.json"), JSON.stringify({ name, version: "0.0.0" }));
  if (content.placeholder !== undefined) writeFileSync(join(folder, content.placeholder), PLACEHOLDER, { mode: 0o755 });
  if (content.executable !== undefined) linkBun(join(folder, content.executable));
}

function linkBun(path: string): void {
  try {
    linkSync(process.execPath, path);
  } catch {
    cpSync(process.execPath, path);
  }
}

/** The launcher as an installed package with a program of our own behind it. */
function install(modules: string, program: string): string {
  const folder = join(modules, "modeltap");
  mkdirSync(join(folder, "src"), { recursive: true });
  cpSync(join(ROOT, "bin"), join(folder, "bin"), { recursive: true });
  writeFileSync(join(folder, "package.json"), JSON.stringify({ name: "modeltap", type: "module" }));
  writeFileSync(join(folder, "src", "main.ts"), program);
  return join(folder, "bin", "modeltap.js");
}

type RunOptions = { readonly cwd?: string; readonly env?: Readonly<Record<string, string>> };

function start(launcher: string, args: readonly string[], options: RunOptions = {}) {
  return Bun.spawn([NODE ?? "node", launcher, ...args], {
    cwd: options.cwd ?? home,
    env: { PATH: process.env["PATH"] ?? "", HOME: home, ...options.env },
    stdin: "ignore",
    stdout: "pipe",
    stderr: "pipe",
  });
}

async function run(launcher: string, args: readonly string[], options: RunOptions = {}) {
  const child = start(launcher, args, options);
  const [stdout, stderr, code] = await Promise.all([
    new Response(child.stdout).text(),
    new Response(child.stderr).text(),
    child.exited,
  ]);
  return { stdout, stderr, code };
}

const TELL = `process.stdout.write(JSON.stringify({
  bun: process.execPath, args: process.argv.slice(2), max: process.env.BUN_CONFIG_MAX_HTTP_REQUESTS, dotenv: process.env.FROM_DOTENV
}));`;

describe.skipIf(NODE === null)("finds Bun", () => {
  const LAYOUTS: readonly (readonly [name: string, build: (modules: string) => string])[] = [
    [
      "in the platform's package, when install scripts were off",
      (modules) => {
        addPackage(modules, "bun", { placeholder: "bin/bun.exe" });
        addPackage(modules, `@oven/bun-${PLATFORM}`, { executable: "bin/bun" });
        return join(modules, `@oven/bun-${PLATFORM}`, "bin/bun");
      },
    ],
    [
      "in the package bun, when its install script has moved it and left the platform's one empty",
      (modules) => {
        addPackage(modules, "bun", { executable: "bin/bun.exe" });
        addPackage(modules, `@oven/bun-${PLATFORM}`, {});
        return join(modules, "bun/bin/bun.exe");
      },
    ],
    [
      "in a package that only the package bun can see, as pnpm lays them out",
      (modules) => {
        const store = join(modules, ".pnpm/bun/node_modules");
        addPackage(store, "bun", { placeholder: "bin/bun.exe" });
        addPackage(store, `@oven/bun-${PLATFORM}`, { executable: "bin/bun" });
        symlinkSync(join(store, "bun"), join(modules, "bun"));
        return join(store, `@oven/bun-${PLATFORM}`, "bin/bun");
      },
    ],
    [
      "in packages of a folder further up, as for a dependency of another project",
      (modules) => {
        addPackage(join(dirname(dirname(modules)), "node_modules"), "bun", { executable: "bin/bun.exe" });
        return join(dirname(dirname(modules)), "node_modules/bun/bin/bun.exe");
      },
    ],
  ];

  test.each(LAYOUTS)("%s", async (name, build) => {
    const modules = join(home, name.replaceAll(/\W+/g, "-"), "app/node_modules");
    mkdirSync(modules, { recursive: true });
    const bun = build(modules);
    const { stdout, stderr, code } = await run(install(modules, TELL), ["start", "--port", "1", "a b"]);
    expect(stderr).toBe("");
    expect(code).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({ bun, args: ["start", "--port", "1", "a b"], max: "65336" });
  });

  test("or says clearly that there is none: a placeholder and a file of another system do not count", async () => {
    const modules = join(home, "none/node_modules");
    addPackage(modules, "bun", { placeholder: "bin/bun.exe" });
    addPackage(modules, `@oven/bun-${PLATFORM}`, {});
    writeFileSync(join(modules, `@oven/bun-${PLATFORM}`, "bin/bun"), Buffer.alloc(2_000_000, "#"), { mode: 0o755 });
    const { stderr, code } = await run(install(modules, TELL), []);
    expect(code).toBe(1);
    expect(stderr).toStartWith("modeltap: ");
    expect(stderr).toContain("npm install");
    expect(stderr).not.toContain("    at ");
  });
});

describe.skipIf(NODE === null)("runs it", () => {
  let launcher: string;
  const installProgram = (name: string, program: string): string => {
    const modules = join(home, name, "node_modules");
    addPackage(modules, "bun", { executable: "bin/bun.exe" });
    return install(modules, program);
  };
  beforeAll(() => {
    launcher = installProgram("tell", TELL);
  });

  test("apart from the working directory: no .env, no bunfig.toml of it", async () => {
    const cwd = join(home, "hostile");
    mkdirSync(cwd);
    writeFileSync(join(cwd, ".env"), "FROM_DOTENV=1\nBUN_CONFIG_MAX_HTTP_REQUESTS=1\n");
    writeFileSync(join(cwd, "bunfig.toml"), 'preload = ["./preload.ts"]\n');
    writeFileSync(join(cwd, "preload.ts"), 'await Bun.write("was-here", "");');
    const { stdout } = await run(launcher, ["start"], { cwd });
    expect(JSON.parse(stdout)).toMatchObject({ max: "65336" });
    expect(stdout).not.toContain("dotenv");
    expect(readdirSync(cwd).sort()).toEqual([".env", "bunfig.toml", "preload.ts"]);
  });

  test("with the number of requests that the user set", async () => {
    const { stdout } = await run(launcher, [], { env: { BUN_CONFIG_MAX_HTTP_REQUESTS: "1000" } });
    expect(JSON.parse(stdout)).toMatchObject({ max: "1000" });
  });

  test("--npm-start names the .env beside it, if there is one", async () => {
    const cwd = join(home, "checkout");
    mkdirSync(cwd);
    const args = async (): Promise<unknown> =>
      JSON.parse((await run(launcher, ["start", "--npm-start"], { cwd })).stdout).args;
    expect(await args()).toEqual(["start"]);
    writeFileSync(join(cwd, ".env"), "A=1\n");
    expect(await args()).toEqual(["start", "--env-file", ".env"]);
  });

  test.each([0, 1, 2, 77])("and hands on the exit code %d", async (wanted) => {
    const { code } = await run(installProgram(`exit-${wanted}`, `process.exit(${wanted});`), []);
    expect(code).toBe(wanted);
  });

  test("and a death by signal as 128 and its number", async () => {
    const { code } = await run(
      installProgram("die", 'process.kill(process.pid, "SIGKILL"); await Bun.sleep(60_000);'),
      [],
    );
    expect(code).toBe(128 + constants.signals.SIGKILL);
  });

  const ECHO = `
    for (const name of ["SIGINT", "SIGTERM", "SIGHUP", "SIGUSR2"]) process.on(name, () => { console.log(name); process.exit(40); });
    await Bun.sleep(50);
    console.log("ready " + process.pid);
    await Bun.sleep(60_000);
  `;

  test.each(["SIGINT", "SIGTERM", "SIGHUP", "SIGUSR2"] as const)("and passes %s on", async (signal) => {
    const child = start(installProgram(`signal-${signal}`, ECHO), []);
    const reader = child.stdout.pipeThrough(new TextDecoderStream()).getReader();
    expect((await reader.read()).value).toStartWith("ready ");
    child.kill(signal);
    expect(await child.exited).toBe(40);
    expect((await reader.read()).value).toBe(`${signal}\n`);
  });

  test.skipIf(process.platform === "win32").each([
    ["npm's, is a SIGTERM", ["--npm-start"], "SIGTERM\n"],
    ["any other, is nothing", [], undefined],
  ] as const)("and the end of the shell that started it, %s", async (_name, flags, told) => {
    const program = installProgram(`shell-${flags.length}`, ECHO);
    // The second command keeps the shell from becoming the launcher.
    const shell = Bun.spawn(["sh", "-c", `"$0" "$@"; true`, NODE ?? "node", program, "start", ...flags], {
      cwd: home,
      env: { PATH: process.env["PATH"] ?? "", HOME: home },
      stdin: "ignore",
      stdout: "pipe",
      stderr: "inherit",
    });
    const reader = shell.stdout.pipeThrough(new TextDecoderStream()).getReader();
    const [, pid] = /^ready (\d+)/.exec((await reader.read()).value ?? "") ?? [];
    shell.kill("SIGTERM");
    const next = reader.read().then(({ value }) => value);
    try {
      expect(await Promise.race([next, Bun.sleep(told === undefined ? 1000 : 10_000)])).toBe(told);
    } finally {
      if (told === undefined) process.kill(Number(pid), "SIGTERM");
    }
  });
});

describe("a start on a taken port", () => {
  const held = Bun.serve({ hostname: "127.0.0.1", port: 0, fetch: () => new Response("not modeltap") });
  afterAll(() => held.stop(true));

  test.each([
    ["by hand", {}, "the same command with --demo"],
    ["by npm start", { npm_command: "start", npm_lifecycle_event: "start" }, "npm start -- --demo"],
    ["by npx", { npm_command: "exec", npm_lifecycle_event: "npx" }, "npx modeltap --demo"],
  ])("with --demo, %s, ends with one line that keeps the flag", async (_name, env, command) => {
    const args = ["--no-env-file", join(ROOT, "src/main.ts"), "--demo", "--port", String(held.port)];
    const child = Bun.spawn([process.execPath, ...args], {
      cwd: ROOT,
      env: { PATH: process.env["PATH"] ?? "", HOME: home, TMPDIR: home, ...env },
      stdin: "ignore",
      stdout: "pipe",
      stderr: "pipe",
    });
    const texts = Promise.all([new Response(child.stdout).text(), new Response(child.stderr).text()]);
    const code = await Promise.race([child.exited, Bun.sleep(15_000)]);
    if (code === undefined) child.kill("SIGKILL");
    const [stdout, stderr] = await texts;
    expect(code).toBe(1);
    expect(stdout).toBe("");
    expect(stderr.trim().split("\n")).toHaveLength(1);
    expect(stderr).toMatch(new RegExp(`port: ${held.port} is taken by .*; (\\d+) is free: ${command} --port \\1\\n$`));
    expect(readdirSync(home).filter((file) => file.startsWith("modeltap-demo-"))).toEqual([]);
  });
});

test.skipIf(NODE === null)("bin/bun.js is Bun itself", async () => {
  const { stdout, code } = await run(join(ROOT, "bin", "bun.js"), [
    "-e",
    "console.log(Bun.version, process.argv.length)",
  ]);
  expect(stdout).toMatch(new RegExp(`^${Bun.version.replaceAll(".", "\\.")} `));
  expect(code).toBe(0);
});
