import { expect, test } from "bun:test";
import { z } from "zod";
import { endpoint } from "../../src/api/endpoint.ts";
import { toOpenApi } from "../../src/api/openapi.ts";

const thing = z.object({ name: z.string(), size: z.number().nullable() }).meta({ id: "Thing" });
const document = toOpenApi(
  [
    endpoint({
      method: "get",
      path: "/things/{id}",
      tag: "things",
      summary: "One thing.",
      query: z.strictObject({
        from: z.string().optional().describe("A day."),
        limit: z.string().regex(/^\d+$/).meta({ type: "integer", minimum: 1, maximum: 9 }).transform(Number),
      }),
      answer: z.object({ things: z.array(thing) }),
      errors: ["not_found"],
      handle: () => ({ things: [] }),
    }),
    endpoint({
      method: "post",
      path: "/things",
      tag: "things",
      summary: "Makes a thing.",
      body: z.strictObject({ name: z.string() }),
      answer: thing,
      status: 201,
      handle: () => ({ name: "", size: null }),
    }),
  ],
  { version: "1.2.3", tags: { things: "Things." } },
);

const get = document.paths["/things/{id}"]?.["get"];
const post = document.paths["/things"]?.["post"];

test("names path and query parameters with their types", () => {
  expect(get?.["parameters"]).toEqual([
    { name: "id", in: "path", required: true, schema: { type: "string" } },
    { name: "from", in: "query", required: false, description: "A day.", schema: { type: "string" } },
    { name: "limit", in: "query", required: true, schema: { type: "integer", minimum: 1, maximum: 9 } },
  ]);
});

test("writes a shape with an id once, and refers to it", () => {
  expect(JSON.stringify(get?.["responses"])).toContain("#/components/schemas/Thing");
  expect(JSON.stringify(post?.["responses"])).toContain("#/components/schemas/Thing");
  expect(document.components.schemas["Thing"]).toEqual({
    type: "object",
    properties: { name: { type: "string" }, size: { type: ["number", "null"] } },
    required: ["name", "size"],
  });
});

test("tells bodies strictly, statuses and refusals", () => {
  expect(post?.["requestBody"]).toMatchObject({
    required: true,
    content: { "application/json": { schema: { required: ["name"], additionalProperties: false } } },
  });
  expect(Object.keys(post?.["responses"] ?? {})).toEqual(["201", "400", "403", "415", "421", "500", "503", "504"]);
  expect(get?.["responses"]).toMatchObject({ 404: { description: "`not_found`" } });
});

test("every reference leads somewhere", () => {
  const text = JSON.stringify(document);
  for (const [, name = ""] of text.matchAll(/"#\/components\/schemas\/(\w+)"/g)) {
    expect(document.components.schemas).toHaveProperty(name);
  }
  expect(text).not.toContain("$defs");
});
