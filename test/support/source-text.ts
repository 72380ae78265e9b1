/** @module TypeScript source as text: its files, its imports of every form, and its code without comments and strings. */

import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";

/** Path from the root, with `/`. */
export type SourceFile = { readonly path: string; readonly text: string };

/** All TypeScript files under the folders, fixtures left out. */
export function readCode(root: string, folders: readonly string[]): SourceFile[] {
  return folders
    .filter((folder) => existsSync(join(root, folder)))
    .flatMap((folder) => [...new Bun.Glob(`${folder}/**/*.{ts,tsx}`).scanSync({ cwd: root })])
    .filter((path) => !path.startsWith("test/fixtures/") && !path.endsWith(".d.ts"))
    .sort()
    .map((path) => ({ path, text: readFileSync(join(root, path), "utf8") }));
}

/**
 * Module names a file mentions: `import … from`, `import "…"`, `import type`, `export … from`, `import("…")` as
 * value or as type, and `require("…")`. Found on text whose comments and other strings are blanked first.
 */
export function findImports(text: string): string[] {
  const tokens = tokenize(text);
  const code = tokens.map((token) => (token.type === "comment" ? " " : token.text)).join("");
  const shape = tokens.map((token) => blank(token, true)).join("");
  const found = [...shape.matchAll(IMPORT)].map((match) => {
    const quoteAt = match.index + match[0].length - 1;
    // Same length as `shape` up to comments, which both replaced alike.
    const end = code.indexOf(code[quoteAt] ?? '"', quoteAt + 1);
    return code.slice(quoteAt + 1, end);
  });
  return found;
}

/** `from`, a bare `import`, `import(` or `require(`, up to and including the opening quote. */
const IMPORT =
  /(?<![.\w$])(?:(?:import|export)\b(?:(?!\b(?:import|export)\b)[^;"'`(])*?\bfrom\s*["']|import\s*["']|(?:import|require)\s*\(\s*["'])/g;

/** The code with comments gone and the insides of strings, templates and regular expressions blanked; line breaks stay. */
export function toCodeText(text: string): string {
  return tokenize(text)
    .map((token) => blank(token, false))
    .join("");
}

type Token = { readonly type: "code" | "comment" | "string"; readonly text: string };

function blank(token: Token, shorten: boolean): string {
  if (token.type === "code") return token.text;
  if (token.type === "comment") return shorten ? " " : token.text.replaceAll(/[^\n]/g, "");
  const quote = token.text[0] ?? "";
  return quote + token.text.slice(1, -1).replaceAll(/[^\n]/g, "_") + quote;
}

/**
 * Splits source into code, comments and literals. Template literals count as one string unless they hold `${`:
 * then their expressions are code. A slash begins a regular expression where a value may begin.
 */
function tokenize(text: string): Token[] {
  const tokens: Token[] = [];
  let code = "";
  let at = 0;
  /** Depth of braces at which each open template expression ends. */
  const templates: number[] = [];
  let depth = 0;
  const push = (type: Token["type"], end: number) => {
    if (code !== "") tokens.push({ type: "code", text: code });
    code = "";
    tokens.push({ type, text: text.slice(at, end) });
    at = end;
  };
  const pushTemplate = (from: number) => {
    const end = endOfTemplate(text, from);
    if (text[end - 1] === "{") templates.push(++depth);
    push("string", end);
  };
  while (at < text.length) {
    const char = text[at] ?? "";
    const pair = text.slice(at, at + 2);
    if (pair === "//") push("comment", endOr(text.indexOf("\n", at), text));
    else if (pair === "/*") push("comment", endOr(text.indexOf("*/", at + 2) + 2, text, 2));
    else if (char === '"' || char === "'") push("string", endOfQuoted(text, at, char));
    else if (char === "`") pushTemplate(at + 1);
    else if (char === "}" && templates.at(-1) === depth) {
      templates.pop();
      depth--;
      pushTemplate(at + 1);
    } else if (char === "/" && startsRegExp(code, tokens)) push("string", endOfRegExp(text, at));
    else {
      if (char === "{") depth++;
      if (char === "}") depth--;
      code += char;
      at++;
    }
  }
  if (code !== "") tokens.push({ type: "code", text: code });
  return tokens;
}

function endOr(end: number, text: string, least = 0): number {
  return end < least ? text.length : end;
}

function endOfQuoted(text: string, from: number, quote: string): number {
  let at = from + 1;
  while (at < text.length && text[at] !== quote && text[at] !== "\n") at += text[at] === "\\" ? 2 : 1;
  return at + 1;
}

/** After the closing backtick, or after the `${` that opens an expression. */
function endOfTemplate(text: string, from: number): number {
  let at = from;
  while (at < text.length && text[at] !== "`") {
    if (text[at] === "$" && text[at + 1] === "{") return at + 2;
    at += text[at] === "\\" ? 2 : 1;
  }
  return at + 1;
}

function endOfRegExp(text: string, from: number): number {
  let at = from + 1;
  let inClass = false;
  while (at < text.length && text[at] !== "\n" && (inClass || text[at] !== "/")) {
    if (text[at] === "[") inClass = true;
    if (text[at] === "]") inClass = false;
    at += text[at] === "\\" ? 2 : 1;
  }
  return at + 1;
}

/** A slash divides after a value and begins a regular expression everywhere else; JSX closing tags count as division. */
function startsRegExp(code: string, tokens: readonly Token[]): boolean {
  const last = code.trim() === "" ? tokens.findLast((token) => token.type !== "comment") : undefined;
  if (last?.type === "string") return last.text.endsWith("${");
  const before = (last?.text ?? code).trimEnd();
  if (/(?:^|[^\w$.])(?:return|typeof|case|in|of|delete|void|throw|new|else|await|yield)$/.test(before)) return true;
  return !/[\w$)\]}<]$/.test(before);
}
