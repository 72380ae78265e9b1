/** @module The kinds of values a key can have, each with its check and the words for what is expected. */

import { z } from "zod";

import type { CaptureMode } from "../domain/exchange.ts";
import { parseBaseUrl, parseProxyUrl } from "./base-url.ts";
import { parseDatabase } from "./database.ts";
import { findWrongFix } from "./fix-names.ts";
import { FIELD_NAME, FIELD_VALUE, findWrongVariable } from "./json-check.ts";
import type { ValueKind, ValueMeta } from "./value-meta.ts";

export const CAPTURE_MODES = ["full", "metadata", "off"] as const satisfies readonly CaptureMode[];

export const text = () => z.string().meta({ kind: "text", expects: "text" } satisfies ValueMeta);
export const path = () =>
  z
    .string()
    .min(1)
    .meta({ kind: "path", expects: "a path" } satisfies ValueMeta);
export const flag = () => z.boolean().meta({ kind: "boolean", expects: "true or false" } satisfies ValueMeta);
export const count = (min: number, max: number) =>
  z
    .int()
    .min(min)
    .max(max)
    .meta({ kind: "number", expects: `a whole number from ${min} to ${max}` } satisfies ValueMeta);
export const choice = <const Names extends readonly string[]>(names: Names) =>
  z
    .enum(names)
    .meta({ kind: "text", expects: `one of ${names.map((name) => `"${name}"`).join(", ")}` } satisfies ValueMeta);

/** A value that is never shown. */
export const secret = (
  least: number,
  pattern = /^[\u0021-\u007e]*$/,
  expects = `at least ${least} characters without spaces`,
) =>
  z
    .string()
    .trim()
    .min(least)
    .regex(pattern)
    .meta({ kind: "text", expects, secret: true } satisfies ValueMeta);

/** The name of an environment variable; a wrong one is not shown, for it may be the key. */
export const variable = () =>
  z
    .string()
    .trim()
    .superRefine((name, context) => {
      const wrong = findWrongVariable(name);
      if (wrong !== undefined) context.addIssue({ code: "custom", message: wrong, input: name });
    })
    .meta({ kind: "text", expects: "the name of an environment variable" } satisfies ValueMeta);

/** A list of text; each item is checked by `item`, whose answer is what is wrong with it. */
export const list = (expects: string, item: RegExp) =>
  z.array(z.string().trim().regex(item)).meta({ kind: "list", expects } satisfies ValueMeta);

export const fixes = () =>
  z
    .array(z.string().trim())
    .superRefine((names, context) => {
      const wrong = findWrongFix(names);
      if (wrong !== undefined) context.addIssue({ code: "custom", message: wrong, input: names });
    })
    .meta({ kind: "list", expects: "a list of names of compatibility fixes" } satisfies ValueMeta);

export const fields = () =>
  z.record(z.string().regex(FIELD_NAME), z.string().regex(FIELD_VALUE)).meta({
    kind: "table",
    expects:
      'a table of header names and texts, such as { "x-team" = "a" }, without names that belong to the connection',
  } satisfies ValueMeta);

const AUTH_MODE = /^(?:preserve|none|bearer|x-api-key|header(?::[a-z0-9!#$%&'*+.^_`|~-]+)?)$/i;
export const authMode = () =>
  z
    .string()
    .trim()
    .regex(AUTH_MODE)
    .meta({
      kind: "text",
      expects: 'one of "preserve", "none", "bearer", "x-api-key", "header:<name>"',
    } satisfies ValueMeta);

/** Text that a parser turns into its one spelling, or says what is wrong with it. */
const parsed = (kind: ValueKind, expects: string, parse: (text: string) => { wrong: string } | { value: string }) =>
  z
    .string()
    .transform((value, context) => {
      const result = parse(value);
      if ("value" in result) return result.value;
      context.addIssue({ code: "custom", message: result.wrong, input: value });
      return z.NEVER;
    })
    .meta({ kind, expects } satisfies ValueMeta);

export const baseUrl = () =>
  parsed("text", "an http:// or https:// URL", (value) => {
    const result = parseBaseUrl(value);
    return "url" in result ? { value: result.url } : result;
  });
export const proxyUrl = () =>
  parsed("text", "the URL of an HTTP proxy", (value) => {
    const result = parseProxyUrl(value);
    return "url" in result ? { value: result.url } : result;
  });
export const database = () =>
  parsed("database", "a path or a sqlite: URL", (value) => {
    const result = parseDatabase(value);
    return "path" in result ? { value: result.path } : result;
  });
