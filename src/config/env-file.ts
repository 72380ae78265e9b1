/** @module Reads `.env` files: KEY=value lines with quotes, `export` and comments; nothing is interpolated or executed. */

export type EnvFileEntry = { readonly name: string; readonly value: string; readonly line: number };

export type EnvFile = {
  /** The last of two lines with the same name counts, and only it is here. */
  readonly entries: readonly EnvFileEntry[];
  /** Lines that are not understood, with what is wrong; never their text, which may hold a secret. */
  readonly faults: readonly { readonly line: number; readonly wrong: string }[];
};

const ASSIGNMENT = /^(?:export\s+)?([A-Za-z_][A-Za-z0-9_.-]*)\s*=\s*(.*)$/;
const ESCAPES: Readonly<Record<string, string>> = { n: "\n", r: "\r", t: "\t" };

/** Double quotes know `\n \r \t \" \\`, single quotes nothing; without quotes ` #` begins a comment. */
export function parseEnvFile(text: string): EnvFile {
  const entries = new Map<string, EnvFileEntry>();
  const faults: { line: number; wrong: string }[] = [];
  for (const [index, raw] of text
    .replace(/^\uFEFF/, "")
    .split(/\r\n|\r|\n/)
    .entries()) {
    const line = raw.trim();
    if (line === "" || line.startsWith("#")) continue;
    const [, name, rest] = ASSIGNMENT.exec(line) ?? [];
    if (name === undefined || rest === undefined) {
      faults.push({ line: index + 1, wrong: "must be a line of the form KEY=value" });
      continue;
    }
    const value = parseValue(rest);
    if (value === undefined) faults.push({ line: index + 1, wrong: `the quote of ${name} is not closed on its line` });
    else entries.set(name, { name, value, line: index + 1 });
  }
  return { entries: [...entries.values()], faults };
}

function parseValue(text: string): string | undefined {
  const quote = text[0];
  if (quote !== '"' && quote !== "'")
    return (/^(?:#|.*?\s#)/.test(text) ? text.replace(/(?:^|\s)#.*$/, "") : text).trim();
  let value = "";
  for (let at = 1; at < text.length; at++) {
    const character = text[at] ?? "";
    if (character === quote) {
      // Only a comment may follow the closing quote.
      return /^\s*(?:#.*)?$/.test(text.slice(at + 1)) ? value : undefined;
    }
    if (character === "\\" && quote === '"') {
      at += 1;
      const escaped = text[at] ?? "";
      value += ESCAPES[escaped] ?? (escaped === '"' || escaped === "\\" ? escaped : `\\${escaped}`);
    } else value += character;
  }
  return undefined;
}
