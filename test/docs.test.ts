/** @module The documents say what is so: errors, paths and commands named in them exist. */

import { describe, expect, test } from "bun:test";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";

import { API_ERRORS } from "../src/domain/api-error.ts";
import { ERROR_CODES } from "../src/domain/error.ts";

const ROOT = join(import.meta.dir, "..");

function read(path: string): string {
  return readFileSync(join(ROOT, path), "utf8");
}

const scripts = new Set(Object.keys(JSON.parse(read("package.json")).scripts));

describe("docs/errors.md", () => {
  const page = read("docs/errors.md");
  const sections = new Map(
    page
      .split(/^### /m)
      .slice(1)
      .map((section): [string, string] => [/^`(\w+)`$/m.exec(section)?.[1] ?? section.slice(0, 40), section]),
  );

  test("has exactly the codes of src/domain/error.ts", () => {
    expect([...sections.keys()].sort()).toEqual(Object.keys(ERROR_CODES).sort());
  });

  test.each(Object.entries(ERROR_CODES))("says of %s what the code does", (code, facts) => {
    const retry = facts.retryable ? "yes" : "no";
    expect(sections.get(code)).toContain(`Status ${facts.status} · caused by the ${facts.source} · retry: ${retry}`);
  });

  test("has exactly the codes of src/domain/api-error.ts, with their status", () => {
    const coded = Object.entries(API_ERRORS).map(([code, status]) => `${code} ${status}`);
    const written = [...page.matchAll(/^\| `(\w+)` +\| (\d{3}) +\|/gm)].map(([, code, status]) => `${code} ${status}`);
    expect(written.sort()).toEqual(coded.sort());
  });
});

describe("CONTRIBUTING.md", () => {
  test("every path it names exists", () => {
    expect(findPaths(read("CONTRIBUTING.md")).filter((path) => !existsSync(join(ROOT, path)))).toEqual([]);
  });

  test("every npm command it names exists", () => {
    expect(findCommands(read("CONTRIBUTING.md")).filter((name) => !scripts.has(name))).toEqual([]);
  });
});

describe("README.md", () => {
  test("every npm command it names exists", () => {
    expect(findCommands(read("README.md")).filter((name) => !scripts.has(name))).toEqual([]);
  });

  test("every document it links to exists", () => {
    const links = [...read("README.md").matchAll(/\]\((?!https?:|#|mailto:)([^)#\s]+)/g)].map(([, path = ""]) => path);
    expect(links.filter((path) => !existsSync(join(ROOT, path)))).toEqual([]);
  });
});

describe("docs/proof.md", () => {
  const rows = [...read("docs/proof.md").matchAll(/^\| (?!behaviour|-)(.+?) +\| `([^`]+)` +\| (.+?) +\|$/gm)];

  test.each(rows.map(([, behaviour = "", file = "", name = ""]) => ({ behaviour, file, name })))(
    "$behaviour: $file has its test",
    ({ file, name }) => {
      // A title is a text in the test's source.
      const texts = [...read(file).matchAll(/"(?:\\.|[^"\\\n])*"|`(?:\\.|[^`\\])*`/g)].map(([text]) => text);
      expect(texts.some((text) => text.includes(name))).toBe(true);
    },
  );

  test("has rows, and each line of a table is one", () => {
    const lines = read("docs/proof.md").match(/^\| (?!behaviour|-).*/gm) ?? [];
    expect(rows.length).toBe(lines.length);
    expect(rows.length).toBeGreaterThan(80);
  });
});

test("CHANGELOG.md has an Unreleased section", () => {
  expect(read("CHANGELOG.md")).toMatch(/^## \[?Unreleased\]?/m);
});

test("docs/benchmarks.md keeps the markers its figures are written between", () => {
  expect(read("docs/benchmarks.md")).toMatch(/<!-- bench:begin -->[^]*<!-- bench:end -->/);
});

/** Paths in backticks: a known folder or file of the root, no wildcards or placeholders. */
function findPaths(text: string): string[] {
  return [
    ...text.matchAll(/`((?:src|test|web|bench|docs|bin|data|\.ci)(?:\/[\w.-]+)*\/?|[\w-]+\.(?:md|json|toml))`/g),
  ].map(([, path = ""]) => path);
}

/** Names after `npm run`, and `npm test` and `npm start`. */
function findCommands(text: string): string[] {
  const run = [...text.matchAll(/\bnpm run (?:--?\w+ )*([\w:-]+)/g)].map(([, name = ""]) => name);
  const short = [...text.matchAll(/\bnpm (test|start)\b/g)].map(([, name = ""]) => name);
  return [...run, ...short];
}

test("the readers above find what they should find", () => {
  expect(findPaths("see `src/domain/error.ts`, `docs/`, `package.json` and `src/**/x.ts`")).toEqual([
    "src/domain/error.ts",
    "docs/",
    "package.json",
  ]);
  expect(findCommands("`npm run bench -- --smoke`, npm test")).toEqual(["bench", "test"]);
});
