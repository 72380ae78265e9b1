import { expect, test } from "bun:test";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

const ROOT = join(import.meta.dir, "..");

function run(args: readonly string[], toml: string): { code: number; out: string; err: string } {
  const home = mkdtempSync(join(tmpdir(), "modeltap-routes-"));
  try {
    mkdirSync(join(home, ".config", "modeltap"), { recursive: true });
    writeFileSync(join(home, ".config", "modeltap", "config.toml"), toml);
    const child = Bun.spawnSync(["node", join(ROOT, "bin", "modeltap.js"), "routes", ...args], {
      env: { HOME: home, PATH: process.env["PATH"] ?? "", GROQ_KEY: "s3cret-of-groq" },
      cwd: home,
    });
    return { code: child.exitCode, out: child.stdout.toString(), err: child.stderr.toString() };
  } finally {
    rmSync(home, { recursive: true, force: true });
  }
}

const ROUTE = '[[routes]]\nmodel = "m*"\nupstream = "groq"\napi_key_env = "GROQ_KEY"';

test("simulate tells the rule, the reason and what would be sent, without any secret", () => {
  const { code, out } = run(["simulate", "post", "/v1/chat/completions", "--model", "m1"], ROUTE);
  expect(JSON.parse(out)).toMatchObject({
    outcome: "forwarded",
    rule: "model-route",
    targets: [{ url: "https://api.groq.com/openai/v1/chat/completions", credential: "environment variable GROQ_KEY" }],
  });
  expect(out).not.toContain("s3cret");
  expect(code).toBe(0);
});

test("a refusal exits with 1, a wrong command line with 2", () => {
  expect(run(["simulate", "GET", "/nobody/v1"], "")).toMatchObject({ code: 1 });
  expect(run(["simulate", "GET"], "").code).toBe(2);
  expect(run(["simulate", "GET", "/v1", "--modle", "x"], "").err).toContain("no flag --modle");
});
