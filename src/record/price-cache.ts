/** @module The file in which fetched prices are kept for the next start: one line that tells what it is, then a row a line. */

import { chmod, mkdir, open, readFile, rename, rm, writeFile } from "node:fs/promises";
import { dirname } from "node:path";
import { parseCatalogueRow } from "../price/catalogue.ts";
import type { FetchedPrices } from "../price/price-book.ts";
import { isJsonObject } from "../price/parse-row.ts";
import { type PriceRow, toPriceJson } from "../price/row.ts";

/** Begins the first line, and tells our file from any other. */
const MARK = '{"modeltap":"prices"';
const LINES_PER_SLICE = 1000;

/** Undefined when there is none; throws an Error whose message is for the user when it is not ours, damaged or unreadable. */
export async function readPriceCache(path: string): Promise<FetchedPrices | undefined> {
  const text = await readIfThere(path);
  if (text === undefined || text.trim() === "") return undefined;
  if (!text.startsWith(MARK)) throw new Error(`${path}: not a price cache of modeltap; it is left as it is`);
  const [first = "", ...lines] = text.trimEnd().split("\n");
  const head = parseHead(first);
  if (head === undefined || head.rows !== lines.length) {
    throw new Error(`${path}: the price cache is damaged; it is written anew with the next prices`);
  }
  const rows: PriceRow[] = [];
  for (let at = 0; at < lines.length; at += LINES_PER_SLICE) {
    for (const line of lines.slice(at, at + LINES_PER_SLICE)) rows.push(...parseLine(line));
    await yieldToEvents();
  }
  return { rows, ...head.facts };
}

/** Whole or not at all, mode 0600. Throws when it cannot be written, or another program's file has that name. */
export async function writePriceCache(path: string, { rows, fetchedAtMs, url, etag }: FetchedPrices): Promise<void> {
  const start = await readStart(path);
  if (start !== "" && start !== MARK) {
    throw new Error(`${path}: not a price cache of modeltap, so it is not written over; name another file`);
  }
  const head = `${MARK},${JSON.stringify({ fetched_at_ms: fetchedAtMs, url, etag, rows: rows.length }).slice(1)}`;
  const draft = `${path}.new`;
  await mkdir(dirname(path), { recursive: true, mode: 0o700 });
  try {
    await writeFile(draft, `${[head, ...rows.map(toPriceJson)].join("\n")}\n`, { mode: 0o600 });
    // A draft that a crash left behind keeps its mode.
    await chmod(draft, 0o600);
    await rename(draft, path);
  } catch (error) {
    await rm(draft, { force: true }).catch(() => {});
    throw error;
  }
}

type Head = { readonly rows: number; readonly facts: Omit<FetchedPrices, "rows"> };

function parseHead(line: string): Head | undefined {
  try {
    const head: unknown = JSON.parse(line);
    if (!isJsonObject(head)) return undefined;
    const { fetched_at_ms: fetchedAtMs, url, etag, rows } = head;
    if (typeof fetchedAtMs !== "number" || typeof url !== "string" || typeof rows !== "number") return undefined;
    return { rows, facts: { fetchedAtMs, url, ...(typeof etag === "string" ? { etag } : {}) } };
  } catch {
    return undefined;
  }
}

/** A row that no longer parses is one price less, and comes again with the next fetch. */
function parseLine(line: string): PriceRow[] {
  try {
    const row = parseCatalogueRow(JSON.parse(line), 0, []);
    return row === undefined ? [] : [{ ...row, layer: row.publisher ?? "models.dev" }];
  } catch {
    return [];
  }
}

async function readIfThere(path: string): Promise<string | undefined> {
  try {
    return await readFile(path, "utf8");
  } catch (error) {
    const code = error instanceof Error && "code" in error ? String(error.code) : "unreadable";
    if (code === "ENOENT" || code === "ENOTDIR") return undefined;
    throw new Error(`${path}: cannot be read (${code})`, { cause: error });
  }
}

/** As many first bytes as the mark has; empty for a file that is not there or has nothing in it. */
async function readStart(path: string): Promise<string> {
  const file = await open(path, "r").catch((error: unknown) => {
    if (error instanceof Error && "code" in error && error.code === "ENOENT") return undefined;
    throw error;
  });
  if (file === undefined) return "";
  try {
    const { buffer, bytesRead } = await file.read(Buffer.alloc(MARK.length), 0, MARK.length, 0);
    return buffer.toString("utf8", 0, bytesRead);
  } finally {
    await file.close();
  }
}

function yieldToEvents(): Promise<void> {
  return new Promise((resolve) => {
    setImmediate(resolve);
  });
}
