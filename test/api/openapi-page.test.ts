import { createHash } from "node:crypto";
import { afterAll, beforeAll, expect, test } from "bun:test";
import { type ApiCase, openApiCase } from "./api-case.ts";

let api: ApiCase;
beforeAll(async () => {
  api = await openApiCase();
});
afterAll(() => api.close());

test("the page names every endpoint, and loads nothing", async () => {
  const response = await api.ask("/api/docs");
  const html = await response.text();
  for (const { path, summary } of api.table) {
    expect(html).toContain(`<code>${path}</code>`);
    expect(html).toContain(summary.slice(0, 20).replaceAll("'", "&#39;"));
  }
  expect(html).not.toMatch(/<script|<link|<img|https?:\/\/|javascript:/i);
});

test("its policy allows its one style and nothing else", async () => {
  const response = await api.ask("/api/docs");
  const policy = response.headers.get("content-security-policy") ?? "";
  const style = /<style>([^<]*)<\/style>/.exec(await response.text())?.[1] ?? "";
  const hash = createHash("sha256").update(style).digest("base64");
  expect(policy).toContain("default-src 'none'");
  expect(policy).toContain(`style-src 'sha256-${hash}'`);
  expect(policy).not.toContain("unsafe");
});

test("every reference of the document leads somewhere", async () => {
  const text = await (await api.ask("/api/openapi.json")).text();
  const schemas = (JSON.parse(text) as { components: { schemas: object } }).components.schemas;
  const names = [...text.matchAll(/"#\/components\/schemas\/(\w+)"/g)].map(([, name = ""]) => name);
  expect(names.length).toBeGreaterThan(10);
  expect(names.filter((name) => !Object.hasOwn(schemas, name))).toEqual([]);
});
