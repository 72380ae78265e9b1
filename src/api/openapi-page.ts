/** @module `/api/openapi.json` and `/api/docs`: the table of endpoints for programs, and as one plain page for people. */

import { createHash } from "node:crypto";
import { z } from "zod";
import { type Endpoint, endpoint } from "./endpoint.ts";
import { toOpenApi, type OpenApiDocument } from "./openapi.ts";

/** Chapters of the document, in order. */
const TAGS: Readonly<Record<string, string>> = {
  statistics: "Totals and time series, with the fields of inference-proxy.",
  usage: "Usage by day, model, provider, account and key, with the fields of agent-cli-proxy.",
  requests: "Exchanges and their bodies.",
  sessions: "Conversations and agent sessions.",
  prices: "What costs what, and why.",
  keys: "Keys that modeltap issues.",
  upstreams: "Upstreams, routes and breakers.",
  session: "Logging in with a password.",
  configuration: "What modeltap runs with, without secrets.",
  health: "Whether it works.",
  integration: "The same for programs of your own.",
};

/** The two rows; the document names them, too. */
export function createDocumentEndpoints(table: readonly Endpoint[], version: string): readonly Endpoint[] {
  let document: OpenApiDocument | undefined;
  let page: Page | undefined;
  const read = (): OpenApiDocument => (document ??= toOpenApi([...table, ...rows], { version, tags: TAGS }));
  const rows: readonly Endpoint[] = [
    endpoint({
      method: "get",
      path: "/api/openapi.json",
      tag: "integration",
      summary: "This document.",
      answer: z.looseObject({ openapi: z.string() }),
      handle: () => ({ ...read() }),
    }),
    endpoint({
      method: "get",
      path: "/api/docs",
      tag: "integration",
      summary: "This document as a page.",
      media: "text/html",
      handle() {
        page ??= toPage(read());
        return new Response(page.html, {
          headers: { "content-type": "text/html; charset=utf-8", "content-security-policy": page.policy },
        });
      },
    }),
  ];
  return rows;
}

type Page = { readonly html: string; readonly policy: string };

const STYLE =
  "body{font:15px/1.5 system-ui,sans-serif;max-width:60rem;margin:2rem auto;padding:0 1rem;color-scheme:light dark}" +
  "code,pre{font:13px/1.45 ui-monospace,monospace}pre{overflow-x:auto;padding:.6rem;border:1px solid #8884}" +
  "details{border-bottom:1px solid #8884;padding:.4rem 0}summary{cursor:pointer}" +
  "table{border-collapse:collapse}td,th{text-align:left;padding:.15rem 1rem .15rem 0;vertical-align:top}" +
  ".method{display:inline-block;min-width:4rem;font-weight:600}";

/** Without scripts and foreign origins: its one style is allowed by its hash. */
function toPage(document: OpenApiDocument): Page {
  const operations = Object.entries(document.paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]) => ({ path, method, operation: operation as Operation })),
  );
  const chapters = document.tags.map(({ name, description }) => {
    const rows = operations.filter(({ operation }) => operation.tags.includes(String(name)));
    const items = rows.map(({ path, method, operation }) => toItem(path, method, operation)).join("");
    return rows.length === 0 ? "" : `<h2>${escape(String(name))}</h2><p>${escape(String(description))}</p>${items}`;
  });
  const schemas = Object.entries(document.components.schemas).map(
    ([name, schema]) => `<details id="${escape(name)}"><summary>${escape(name)}</summary>${toCode(schema)}</details>`,
  );
  const html =
    '<!doctype html><html lang="en"><head><meta charset="utf-8"><meta name="robots" content="noindex">' +
    '<meta name="viewport" content="width=device-width, initial-scale=1"><title>modeltap API</title>' +
    `<style>${STYLE}</style></head><body><h1>modeltap API</h1>` +
    `<p>${escape(String(document.info["description"]))} For programs: <a href="/api/openapi.json">openapi.json</a>.</p>` +
    `${chapters.join("")}<h2>Shapes</h2>${schemas.join("")}</body></html>`;
  const hash = createHash("sha256").update(STYLE).digest("base64");
  const policy = `default-src 'none'; style-src 'sha256-${hash}'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'`;
  return { html, policy };
}

/** The fields of an operation that `toOpenApi` writes and the page shows. */
type Operation = {
  readonly tags: readonly string[];
  readonly summary: string;
  readonly description?: string;
  readonly parameters: readonly {
    readonly name: string;
    readonly in: string;
    readonly required: boolean;
    readonly description?: string;
    readonly schema: object;
  }[];
  readonly requestBody?: { readonly content: Readonly<Record<string, { readonly schema: object }>> };
  readonly responses: Readonly<
    Record<
      string,
      { readonly description: string; readonly content: Readonly<Record<string, { readonly schema: object }>> }
    >
  >;
};

function toItem(path: string, method: string, operation: Operation): string {
  const parameters = operation.parameters.map(
    (row) =>
      `<tr><td><code>${escape(row.name)}</code></td><td>${row.in}${row.required ? ", required" : ""}</td>` +
      `<td>${escape(row.description ?? "")} <code>${escape(JSON.stringify(row.schema))}</code></td></tr>`,
  );
  const body = Object.values(operation.requestBody?.content ?? {}).map(({ schema }) => `<p>Body</p>${toCode(schema)}`);
  const answers = Object.entries(operation.responses).map(([status, { description, content }]) => {
    const shown =
      Number(status) < 300
        ? Object.entries(content).map(([type, { schema }]) => `${escape(type)}${toCode(schema)}`)
        : [];
    return `<p><b>${escape(status)}</b> ${escape(description)} ${shown.join("")}</p>`;
  });
  return (
    `<details><summary><span class="method">${method.toUpperCase()}</span> <code>${escape(path)}</code> ` +
    `${escape(operation.summary)}</summary><p>${escape(operation.description ?? "")}</p>` +
    `${parameters.length === 0 ? "" : `<table>${parameters.join("")}</table>`}${body.join("")}${answers.join("")}</details>`
  );
}

function toCode(schema: unknown): string {
  return `<pre>${escape(JSON.stringify(schema, null, 1))}</pre>`;
}

function escape(text: string): string {
  return text.replaceAll(/[&<>"']/g, (mark) => `&#${mark.charCodeAt(0)};`);
}
