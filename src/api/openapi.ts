/** @module The OpenAPI 3.1 document, written from the same rows that are served and the same schemas that check them. */

import { z } from "zod";
import { API_ERRORS, type ApiErrorCode } from "../domain/api-error.ts";
import { ERROR_CODES, type ErrorCode } from "../domain/error.ts";
import type { Endpoint } from "./endpoint.ts";

type Json = { [name: string]: unknown };

export type OpenApiDocument = {
  readonly openapi: string;
  readonly info: Json;
  readonly tags: readonly Json[];
  readonly paths: Readonly<Record<string, Readonly<Record<string, Json>>>>;
  readonly components: { readonly schemas: Readonly<Record<string, unknown>>; readonly securitySchemes: Json };
};

type Code = ApiErrorCode | ErrorCode;

/** Refusals of the door, before any endpoint. */
const DOOR_ERRORS: readonly Code[] = ["host_not_allowed", "origin_not_allowed", "peer_not_allowed", "admin_required"];
const CHANGE_ERRORS: readonly Code[] = ["json_required", "csrf_required"];
/** Refusals that any endpoint of the api process may give. */
const API_PROCESS_ERRORS: readonly Code[] = [
  "bad_parameter",
  "api_unavailable",
  "store_unavailable",
  "query_timeout",
  "internal",
];

/** The document of a table; `tags` are its chapters in order, with a sentence each. Cost: some ms, so keep the value. */
export function toOpenApi(
  endpoints: readonly Endpoint[],
  facts: { readonly version: string; readonly tags: Readonly<Record<string, string>> },
): OpenApiDocument {
  const schemas: Record<string, unknown> = {};
  const paths: Record<string, Record<string, Json>> = {};
  for (const endpoint of endpoints) {
    (paths[endpoint.path] ??= {})[endpoint.method] = toOperation(endpoint, schemas);
  }
  return {
    openapi: "3.1.0",
    info: {
      title: "modeltap",
      version: facts.version,
      description:
        "What modeltap itself answers. Numbers follow one meaning: input counts all input tokens, cached ones inside; " +
        "unknown is null, never 0; days are UTC unless tz is given.",
    },
    tags: Object.entries(facts.tags).map(([name, description]) => ({ name, description })),
    paths,
    components: {
      schemas: { ...schemas, Error: ERROR_SCHEMA },
      securitySchemes: {
        adminToken: { type: "apiKey", in: "header", name: "x-admin-token" },
        adminBearer: { type: "http", scheme: "bearer" },
      },
    },
  };
}

const ERROR_SCHEMA = {
  type: "object",
  properties: {
    error: {
      type: "object",
      properties: { type: { type: "string" }, message: { type: "string" }, code: { type: "string" } },
      required: ["type", "message", "code"],
    },
  },
  required: ["error"],
};

function toOperation(endpoint: Endpoint, schemas: Record<string, unknown>): Json {
  const { method, path, tag, summary, description, body } = endpoint;
  return {
    tags: [tag],
    summary,
    ...(description === undefined ? {} : { description }),
    operationId: `${method}${path.replaceAll(/[^a-zA-Z0-9]+(.?)/g, (_, next: string) => next.toUpperCase())}`,
    // An admin token is asked for only where one is set.
    security: [{}, { adminToken: [] }, { adminBearer: [] }],
    parameters: [...toPathParameters(endpoint), ...toParameters(endpoint.query, "query")],
    ...(body === undefined
      ? {}
      : {
          requestBody: {
            required: true,
            content: { "application/json": { schema: toSchema(body, "input", schemas) } },
          },
        }),
    responses: toResponses(endpoint, schemas),
  };
}

function toResponses(endpoint: Endpoint, schemas: Record<string, unknown>): Json {
  const { answer, media, status = 200, otherStatuses = {}, errors = [], method, run } = endpoint;
  const content = {
    ...(answer === undefined ? {} : { "application/json": { schema: toSchema(answer, "output", schemas) } }),
    ...(media === undefined ? {} : { [media]: { schema: { type: "string" } } }),
  };
  const byStatus = new Map<number, Code[]>();
  const possible: readonly Code[] = [
    ...DOOR_ERRORS,
    ...(method === "get" ? [] : CHANGE_ERRORS),
    ...(endpoint.body === undefined || run === undefined ? [] : (["bad_body"] as const)),
    ...(run === undefined ? [] : API_PROCESS_ERRORS),
    ...errors,
  ];
  for (const code of new Set(possible)) byStatus.set(toStatus(code), [...(byStatus.get(toStatus(code)) ?? []), code]);
  const refusals = [...byStatus].sort(([a], [b]) => a - b);
  return {
    [status]: { description: "Done.", content },
    ...Object.fromEntries(
      Object.entries(otherStatuses).map(([other, description]) => [other, { description, content }]),
    ),
    ...Object.fromEntries(
      refusals.map(([refused, codes]) => [
        refused,
        {
          description: codes.map((code) => `\`${code}\``).join(", "),
          content: { "application/json": { schema: { $ref: "#/components/schemas/Error" } } },
        },
      ]),
    ),
  };
}

function toStatus(code: Code): number {
  return isApiError(code) ? API_ERRORS[code] : ERROR_CODES[code].status;
}

function isApiError(code: Code): code is ApiErrorCode {
  return Object.hasOwn(API_ERRORS, code);
}

/** Every name in the path has a row, with or without a schema of its own. */
function toPathParameters({ path, params }: Endpoint): Json[] {
  const known = new Map(toParameters(params, "path").map((row) => [row["name"], row]));
  return [...path.matchAll(/\{(\w+)\}/g)].map(
    ([, name]) => known.get(name) ?? { name, in: "path", required: true, schema: { type: "string" } },
  );
}

function toParameters(schema: z.ZodType | undefined, place: "query" | "path"): Json[] {
  if (schema === undefined) return [];
  const { properties = {}, required = [] } = toSchema(schema, "input", {}) as {
    readonly properties?: Readonly<Record<string, Json>>;
    readonly required?: readonly string[];
  }; // parameters are always an object of scalars
  return Object.entries(properties).map(([name, { description, ...rest }]) => ({
    name,
    in: place,
    required: place === "path" || required.includes(name),
    ...(description === undefined ? {} : { description }),
    schema: rest,
  }));
}

/** A schema as JSON Schema; schemas with an id go to `schemas` once and are referred to. */
function toSchema(schema: z.ZodType, io: "input" | "output", schemas: Record<string, unknown>): Json {
  const {
    $schema: _dialect,
    $defs,
    ...own
  } = z.toJSONSchema(schema, {
    io,
    unrepresentable: "any",
    override({ jsonSchema }) {
      // A number that comes as text in a query is a number for the reader.
      if (jsonSchema.type === "integer") delete jsonSchema.pattern;
      // Fields may be added to answers, and clients must not break by it.
      if (io === "output") delete jsonSchema.additionalProperties;
    },
  }) as Json & { readonly $defs?: Readonly<Record<string, unknown>> }; // its own type is wider than what it makes
  const { id, ...value } = rename(own);
  for (const [name, definition] of Object.entries($defs ?? {})) {
    const { id: _, ...rest } = rename(definition as Json);
    schemas[name] = rest;
  }
  if (typeof id !== "string") return value;
  schemas[id] = value;
  return { $ref: `#/components/schemas/${id}` };
}

function rename(value: Json): Json {
  return JSON.parse(JSON.stringify(value).replaceAll('"#/$defs/', '"#/components/schemas/')) as Json;
}
