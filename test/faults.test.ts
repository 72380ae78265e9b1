import { expect, test } from "bun:test";
import { join } from "node:path";

import { ROOT } from "./support/modeltap.ts";

test("a throw in a timer and a stray rejection are told, and the process goes on", async () => {
  const script = `
    import { surviveFaults } from ${JSON.stringify(join(ROOT, "src", "faults.ts"))};
    surviveFaults((reason) => console.log(reason.split("\\n")[0]));
    setTimeout(() => { throw new Error("in a timer"); }, 1);
    setTimeout(() => void Promise.reject(new Error("stray")), 20);
    setTimeout(() => { console.log("still here"); process.exit(0); }, 60);
  `;
  const child = Bun.spawn([process.execPath, "--no-env-file", "-e", script], { stdio: ["ignore", "pipe", "pipe"] });
  const [out, err, code] = await Promise.all([
    new Response(child.stdout).text(),
    new Response(child.stderr).text(),
    child.exited,
  ]);
  expect([out.trim().split("\n"), err, code]).toEqual([["Error: in a timer", "Error: stray", "still here"], "", 0]);
});
