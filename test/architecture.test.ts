/** @module The shape of the code, held by reading it: who imports whom, which file is tested where, how long a file may be. */

import { expect, test } from "bun:test";
import { existsSync, readFileSync } from "node:fs";
import { dirname, join, normalize } from "node:path";

import { TESTED_BY } from "./support/tested-by.ts";
import { findImports, readCode, toCodeText } from "./support/source-text.ts";

const ROOT = join(import.meta.dir, "..");

/** Pure folders see values only: no IO, no clock, no chance. */
const PURE = ["dialect", "provider", "price", "session", "fix"];
const PURE_EXCEPTIONS = new Set(["src/price/sync.ts"]);

/** Folder → what it may import besides itself; a file name is a single contract. `docs/architecture.md` explains it. */
const MAY_IMPORT: Readonly<Record<string, readonly string[]>> = {
  domain: [],
  http: ["domain"],
  dialect: ["domain", "http"],
  provider: ["domain", "http"],
  price: ["domain", "http"],
  session: ["domain", "http"],
  fix: ["domain", "http"],
  telemetry: ["domain"],
  config: ["domain"],
  journal: ["domain", "telemetry"],
  message: ["domain"],
  proxy: ["domain", "http", "provider", "session", "fix", "journal", "message", "telemetry"],
  store: ["domain", "telemetry"],
  export: ["domain", "telemetry"],
  record: "domain http dialect price session journal message telemetry src/store/store.ts src/export/exporter.ts".split(
    " ",
  ),
  api: ["domain", "price", "store", "message", "telemetry"],
  demo: ["domain", "http", "telemetry"],
  cli: ["domain", "config", "src/api/contract.ts", "service", "src/app.ts"],
  service: ["domain"],
  web: ["domain", "src/api/contract.ts"],
};

const MAX_CODE_LINES = 300;

const sources = readCode(ROOT, ["src", "web", "test", "bench"]);
const product = sources.filter((file) => /^(src|web)\//.test(file.path));

/** `src/proxy/route.ts` → `proxy`, `src/main.ts` → undefined (composition root: may import everything). */
function folderOf(path: string): string | undefined {
  if (path.startsWith("web/")) return "web";
  return /^src\/([^/]+)\//.exec(path)?.[1];
}

function resolveImport(from: string, specifier: string): string {
  return normalize(join(dirname(from), specifier));
}

const imports = sources.flatMap((file) =>
  findImports(file.text).map((specifier) => ({
    from: file.path,
    specifier,
    to: specifier.startsWith(".") ? resolveImport(file.path, specifier) : undefined,
  })),
);

test("there is code to look at", () => {
  expect(product.length).toBeGreaterThan(10);
  expect(imports.length).toBeGreaterThan(20);
});

test("every folder of src has a row in the import table", () => {
  const folders = new Set(product.flatMap((file) => folderOf(file.path) ?? []));
  expect([...folders].filter((folder) => MAY_IMPORT[folder] === undefined)).toEqual([]);
});

test("imports go only where the table allows, type imports included", () => {
  const wrong = imports.filter(({ from, to }) => {
    const folder = folderOf(from);
    if (folder === undefined || !/^(src|web)\//.test(from) || to === undefined) return false;
    const allowed = MAY_IMPORT[folder] ?? [];
    const target = folderOf(to);
    return !(target === folder || allowed.includes(to) || (target !== undefined && allowed.includes(target)));
  });
  expect(wrong.map(({ from, specifier }) => `${from} → ${specifier}`)).toEqual([]);
});

test("relative imports name an existing file with its ending", () => {
  const wrong = imports.filter(({ to }) => to !== undefined && !(/\.\w+$/.test(to) && existsSync(join(ROOT, to))));
  expect(wrong.map(({ from, specifier }) => `${from} → ${specifier}`)).toEqual([]);
});

test("the product never imports tests or benches", () => {
  const wrong = imports.filter(
    ({ from, to }) => /^(src|web)\//.test(from) && to !== undefined && /^(test|bench)\//.test(to),
  );
  expect(wrong).toEqual([]);
});

test("no file imports itself through others, type imports included", () => {
  const graph = new Map<string, string[]>();
  for (const { from, to } of imports) {
    if (to !== undefined && !from.startsWith("test/")) graph.set(from, [...(graph.get(from) ?? []), to]);
  }
  expect(findCycles(graph)).toEqual([]);
});

test("pure folders use no runtime, network, clock or chance", () => {
  const wrong = product
    .filter((file) => PURE.includes(folderOf(file.path) ?? "") && !PURE_EXCEPTIONS.has(file.path))
    .flatMap((file) =>
      [
        ...findImports(file.text).filter((specifier) => /^(bun|node):|^bun$/.test(specifier)),
        ...[...toCodeText(file.text).matchAll(IMPURE)].map(([found]) => found),
      ].map((found) => `${file.path}: ${found}`),
    );
  expect(wrong).toEqual([]);
});

const IMPURE =
  /(?<![.\w$])(?:fetch\s*\(|Bun\b|Buffer\b|process\.|setTimeout\b|setInterval\b|crypto\.(?:randomUUID|getRandomValues))|\bDate\.now\b|\bnew Date\(\s*\)|\bMath\.random\b|\bperformance\.now\b/g;

test("every file of src and web with logic has its mirrored test, or names the one that holds it", () => {
  const missing = product
    .filter((file) => hasLogic(file.text) && !existsSync(join(ROOT, mirrorOf(file.path))))
    .map((file) => file.path)
    .filter((path) => !Object.keys(TESTED_BY).some((entry) => isCovered(entry, path)));
  expect(missing).toEqual([]);
});

test("no entry of the list of tested-elsewhere is stale", () => {
  const stale = Object.entries(TESTED_BY).filter(([entry, by]) => {
    const needed = product.some(
      (file) => isCovered(entry, file.path) && hasLogic(file.text) && !existsSync(join(ROOT, mirrorOf(file.path))),
    );
    return !needed || !existsSync(join(ROOT, by));
  });
  expect(stale).toEqual([]);
});

/** An entry is a file, or a folder with a slash at its end. */
function isCovered(entry: string, path: string): boolean {
  return entry.endsWith("/") ? path.startsWith(entry) : path === entry;
}

test("every mirrored test has its source", () => {
  const apart = /^test\/(support|conformance|e2e|crash|browser|bench|fixtures)\/|^test\/[^/]+$/;
  const orphans = sources
    .map((file) => file.path)
    .filter((path) => /^test\/.*\.test\.tsx?$/.test(path) && !apart.test(path))
    .filter((path) => {
      const stem = path.replace(/^test\//, "").replace(/\.test\.tsx?$/, "");
      const homes = stem.startsWith("web/") ? [stem] : [`src/${stem}`];
      return !homes.some((home) => existsSync(join(ROOT, `${home}.ts`)) || existsSync(join(ROOT, `${home}.tsx`)));
    });
  expect(orphans).toEqual([]);
});

test(`no file is longer than ${MAX_CODE_LINES} lines of code`, () => {
  const long = sources
    .map((file) => ({
      path: file.path,
      lines: toCodeText(file.text)
        .split("\n")
        .filter((line) => line.trim() !== "").length,
    }))
    .filter(({ lines }) => lines > MAX_CODE_LINES);
  expect(long).toEqual([]);
});

test("every file but a test says on top what it knows, in one sentence", () => {
  const wrong = sources.filter(
    (file) => !/\.test\.tsx?$/.test(file.path) && !/^(#!.*\n)?\/\*\*\s*(\*\s*)?@module \S[^]*?\*\//.test(file.text),
  );
  expect(wrong.map((file) => file.path)).toEqual([]);
});

test("no default exports, no barrels", () => {
  const defaults = sources.filter((file) =>
    /^\s*export\s+default\b|\bas\s+default\b\s*[,}]/m.test(toCodeText(file.text)),
  );
  expect(defaults.map((file) => file.path)).toEqual([]);
  const barrels = sources.filter(
    (file) =>
      /\/index\.tsx?$/.test(file.path) ||
      /^\s*export\s+(type\s+)?(\*|\{[^}]*\})\s*(as\s+\w+\s+)?from\b/m.test(toCodeText(file.text)),
  );
  expect(barrels.map((file) => file.path)).toEqual([]);
});

/** Exports a function or class: something that can be wrong. */
function hasLogic(text: string): boolean {
  return /^export\s+(async\s+)?(function|class|abstract\s+class)\b|^export\s+const\s+\w+[^=]*=\s*(async\s*)?(\([^)]*\)|\w+)(\s*:\s*[^=]+)?\s*=>/m.test(
    toCodeText(text),
  );
}

function mirrorOf(path: string): string {
  return path
    .replace(/^src\//, "test/")
    .replace(/^web\//, "test/web/")
    .replace(/\.tsx?$/, ".test.ts");
}

/** One path per cycle, found by walking depth first. */
function findCycles(graph: ReadonlyMap<string, readonly string[]>): string[] {
  const done = new Set<string>();
  const cycles: string[] = [];
  const visit = (path: string, trail: readonly string[]) => {
    if (trail.includes(path)) {
      cycles.push([...trail.slice(trail.indexOf(path)), path].join(" → "));
      return;
    }
    if (done.has(path)) return;
    for (const next of graph.get(path) ?? []) visit(next, [...trail, path]);
    done.add(path);
  };
  for (const path of graph.keys()) visit(path, []);
  return cycles;
}

test("the checks above see what they should see", () => {
  expect(
    findCycles(
      new Map([
        ["a", ["b"]],
        ["b", ["c"]],
        ["c", ["b"]],
      ]),
    ),
  ).toEqual(["b → c → b"]);
  expect(hasLogic("export const x = (a: number): number => a;")).toBe(true);
  expect(hasLogic("export const x = async () => 1;")).toBe(true);
  expect(hasLogic("export type X = () => void;\nexport const LIST = [1];")).toBe(false);
  expect("const a = fetch(x)".match(IMPURE)).toHaveLength(1);
  expect("context.fetch(x); prefetch(y)".match(IMPURE)).toBeNull();
  expect(readFileSync(import.meta.path, "utf8")).toContain("@module");
});
