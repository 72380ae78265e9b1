/** @module One row of the table of endpoints: what a path takes, answers and means, from the schemas that check it. */

import type { Context, Hono } from "hono";
import { z } from "zod";
import type { ApiErrorCode } from "../domain/api-error.ts";
import type { ErrorCode } from "../domain/error.ts";
import { ApiError } from "./error.ts";
import { parseParameters } from "./parameters.ts";

export type Method = "get" | "post" | "put" | "patch" | "delete";

/** Any row of the table, as routing and the OpenAPI document read it. */
export type Endpoint = {
  readonly method: Method;
  /** As OpenAPI writes it: `/admin/logs/{id}`. */
  readonly path: string;
  /** The chapter of the document it stands in. */
  readonly tag: string;
  readonly summary: string;
  readonly description?: string;
  /** Names in the path; texts without a schema of their own are allowed. */
  readonly params?: z.ZodType;
  readonly query?: z.ZodType;
  /** The JSON body of a change. */
  readonly body?: z.ZodType;
  /** Shape of the JSON answer; absent where there is none. */
  readonly answer?: z.ZodType;
  /** Content type of an answer that is not JSON, beside `answer` of its other form. */
  readonly media?: string;
  /** Status of success, 200 if absent. */
  readonly status?: number;
  /** Other statuses that come with the same answer, and what they say. */
  readonly otherStatuses?: Readonly<Record<number, string>>;
  /** Refusals of its own, beside those every endpoint may give. */
  readonly errors?: readonly (ApiErrorCode | ErrorCode)[];
  /** Absent: the proxy process answers it, and the row only stands in the document. */
  readonly run?: (context: Context) => Promise<Response>;
};

export type Input<Params, Query, Body> = {
  readonly params: Params;
  readonly query: Query;
  readonly body: Body;
  readonly request: Request;
};

type Row<Params extends z.ZodType, Query extends z.ZodType, Body extends z.ZodType, Answer extends z.ZodType> = Omit<
  Endpoint,
  "run"
> & {
  readonly params?: Params;
  readonly query?: Query;
  readonly body?: Body;
  readonly answer?: Answer;
  /** The answer as a value that fits `answer`, or a whole response for other media. Throws {@link ApiError}. */
  readonly handle: (
    input: Input<z.output<Params>, z.output<Query>, z.output<Body>>,
  ) => Handled<Answer> | Promise<Handled<Answer>>;
};

type Handled<Answer extends z.ZodType> = Immutable<z.output<Answer>> | Response;

/** What a handler may give: the schema's value, read-only at every depth. */
export type Immutable<Value> = unknown extends Value
  ? unknown
  : Value extends readonly (infer Item)[]
    ? readonly Immutable<Item>[]
    : Value extends object
      ? { readonly [Key in keyof Value]: Immutable<Value[Key]> }
      : Value;

/** A row that the api process answers. The handler's types follow from the schemas. */
export function endpoint<
  Params extends z.ZodType = z.ZodUndefined,
  Query extends z.ZodType = z.ZodUndefined,
  Body extends z.ZodType = z.ZodUndefined,
  Answer extends z.ZodType = z.ZodNever,
>(row: Row<Params, Query, Body, Answer>): Endpoint {
  const { handle, ...facts } = row;
  return {
    ...facts,
    async run(c) {
      const params = (row.params === undefined ? undefined : parseParameters(row.params, c.req.param())) as never;
      const query = (
        row.query === undefined ? checkNoParameters(row.method, c) : parseParameters(row.query, c.req.query())
      ) as never;
      const body = (row.body === undefined ? undefined : await readBody(c.req.raw, row.body)) as never;
      const answer = await handle({ params, query, body, request: c.req.raw });
      return answer instanceof Response ? answer : Response.json(answer, { status: row.status ?? 200 });
    },
  };
}

const NO_PARAMETERS = z.strictObject({});

/** What a question asks for and does not get must be told; a change says in its body what it wants. */
function checkNoParameters(method: Method, c: Context): undefined {
  if (method === "get") parseParameters(NO_PARAMETERS, c.req.query());
}

/**
 * Registers every row that has a handler. Another method on a known path is told which ones there are; a change must
 * come as JSON, which no plain form of a web page can send (the proxy's door has asked for it already).
 */
export function mountEndpoints(api: Hono, endpoints: readonly Endpoint[]): void {
  const methods = new Map<string, string[]>();
  for (const { method, path, run } of endpoints) {
    if (run === undefined) continue;
    const pattern = path.replaceAll(/\{(\w+)\}/g, ":$1");
    methods.set(pattern, [
      ...(methods.get(pattern) ?? []),
      ...(method === "get" ? ["GET", "HEAD"] : [method.toUpperCase()]),
    ]);
    api.on(method.toUpperCase(), pattern, (c) => {
      if (method !== "get" && !isJson(c.req.header("content-type"))) {
        throw new ApiError("json_required", "Changes must be sent as application/json.");
      }
      return run(c);
    });
  }
  for (const [pattern, allowed] of methods) {
    api.all(pattern, (c) => {
      const message = `${c.req.method} is not known here; there is ${allowed.join(", ")}.`;
      throw new ApiError("method_not_allowed", message, { allow: allowed });
    });
  }
}

function isJson(type: string | undefined): boolean {
  return /^application\/json\s*(?:;|$)/i.test(type ?? "");
}

async function readBody<Schema extends z.ZodType>(request: Request, schema: Schema): Promise<z.output<Schema>> {
  let value: unknown;
  try {
    value = await request.json();
  } catch {
    throw new ApiError("bad_body", "The body is no JSON.");
  }
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  throw new ApiError("bad_body", toSentence(parsed.error));
}

/** Every fault of a body with its place: `routes[0].model must be a text`. */
function toSentence(error: z.ZodError): string {
  const lines = error.issues.map((issue) => {
    if (issue.code === "custom" && issue.params?.["sentence"] === true) return issue.message;
    if (issue.code === "unrecognized_keys") {
      return `${issue.keys.map((key) => JSON.stringify(key.slice(0, 60))).join(", ")} is no field here`;
    }
    const place = issue.path.map((part) => (typeof part === "number" ? `[${part}]` : `.${String(part)}`)).join("");
    return `${place === "" ? "the body" : place.replace(/^\./, "")}: ${issue.message}`;
  });
  return lines.join("; ");
}
