/** @module Pages and assets: small, compressed, cached for good, and bound to their own origin. */

import { describe, expect, test } from "bun:test";
import zlib from "node:zlib";
import { Ui, UI_HEADERS } from "../../src/api/ui.ts";
import { buildUi } from "../../src/api/ui-bundle.ts";

const MAX_SCRIPT_BYTES = 60_000;
const MAX_LATER_BYTES = 15_000;
const MAX_STYLE_BYTES = 12_000;

const bundle = await buildUi();
const ui = new Ui({ loadBundle: async () => bundle });

describe("the budget, gzip -9", () => {
  const sizeOf = (names: Iterable<string>): number =>
    bundle.files
      .filter(({ name }) => new Set(names).has(name))
      .reduce((sum, file) => sum + zlib.gzipSync(file.text, { level: 9 }).length, 0);

  /** A file with all that it imports at once; what is fetched when it is needed is not among them. */
  function withImports(name: string): Set<string> {
    const found = new Set([name]);
    for (const each of found) {
      const text = bundle.files.find((file) => file.name === each)?.text ?? "";
      for (const [, imported] of text.matchAll(/(?:from|import)\s*"\.\/([^"]+)"/g)) found.add(imported ?? "");
    }
    return found;
  }

  const first = withImports(bundle.script).add(bundle.themeScript);
  const later = bundle.files.map(({ name }) => name).filter((name) => name.endsWith(".js") && !first.has(name));

  test("holds for the script of a first page", () => expect(sizeOf(first)).toBeLessThanOrEqual(MAX_SCRIPT_BYTES));
  test("holds for style", () => expect(sizeOf([bundle.style])).toBeLessThanOrEqual(MAX_STYLE_BYTES));

  test("holds for what a settings page fetches besides", () => {
    expect(later.length).toBeGreaterThan(0);
    for (const name of later) {
      expect(sizeOf([...withImports(name)].filter((each) => !first.has(each)))).toBeLessThanOrEqual(MAX_LATER_BYTES);
    }
  });
});

describe("Ui", () => {
  test.each([
    ["gzip, br", "br", zlib.brotliDecompressSync],
    ["gzip", "gzip", zlib.gunzipSync],
    ["identity", null, (bytes: Uint8Array) => Buffer.from(bytes)],
  ] as const)("answers accept-encoding %p with %p, forever valid", async (accept, coding, decode) => {
    const response = await ui.serveAsset(bundle.script, accept);
    expect(response.headers.get("content-encoding")).toBe(coding);
    expect(response.headers.get("cache-control")).toContain("immutable");
    expect(response.headers.get("content-type")).toStartWith("text/javascript");
    expect(decode(await response.bytes()).toString()).toBe(
      bundle.files.find((file) => file.name === bundle.script)?.text ?? "",
    );
  });

  test("the shell loads its own files and nothing inline", async () => {
    const html = await (await ui.serveShell()).text();
    for (const name of [bundle.script, bundle.style, bundle.themeScript, bundle.icon])
      expect(html).toContain(`/assets/${name}"`);
    expect(html).not.toMatch(/<script(?![^>]*\bsrc=)|\bstyle=|<style|\bon\w+=/);
    expect(html).not.toMatch(/https?:\/\//);
  });

  test("allows nothing but its own origin", () => {
    const policy = UI_HEADERS["content-security-policy"];
    expect(policy).not.toMatch(/\*|unsafe|https?:/);
    for (const rule of ["default-src 'none'", "base-uri 'none'", "form-action 'none'", "frame-ancestors 'none'"]) {
      expect(policy).toContain(rule);
    }
  });

  test("says so when the pages cannot be built, and tries anew", async () => {
    let tries = 0;
    const failing = new Ui({
      loadBundle: async () => {
        tries += 1;
        if (tries === 1) throw new Error("no bundler");
        return bundle;
      },
    });
    expect(await failing.serveShell().catch((error: unknown) => error)).toMatchObject({ code: "assets_unavailable" });
    expect((await failing.serveShell()).status).toBe(200);
  });
});
