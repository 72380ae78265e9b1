/** @module The running program against its own document: each operation is called, and answers what the document says of that status. */

import { afterAll, beforeAll, expect, test } from "bun:test";
import { z } from "zod";

import { json } from "../support/step.ts";
import { createStage, type Stage } from "./stage.ts";

type Operation = {
  readonly requestBody?: unknown;
  readonly responses: Readonly<Record<string, { readonly content?: Readonly<Record<string, { schema: object }>> }>>;
};
type Document = {
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>;
  readonly components: { readonly schemas: Readonly<Record<string, object>> };
};
type Sample = { readonly path?: string; readonly body?: unknown; readonly status?: number };

const DAY = new Date().toISOString().slice(0, 10);
const RANGE = `?from=${DAY}&to=${DAY}`;
const ROUTE = { model: "team/a", upstream: "groq" };

/** What to ask where a path as it stands, or an empty body, would be refused. `{id}` and `{session}` are filled in. */
const SAMPLES: Readonly<Record<string, readonly Sample[]>> = {
  "GET /stats/timeseries": [{ path: "/stats/timeseries?bucket=hour&tz=Asia/Kolkata" }],
  "GET /admin/api/requests": [{ path: "/admin/api/requests?count=true" }],
  "GET /admin/api/requests/{id}/body/{side}": [
    { path: "/admin/api/requests/{id}/body/request" },
    { path: "/admin/api/requests/{id}/body/response?raw=true" },
    { path: "/admin/api/requests/{id}/body/nothing", status: 404 },
  ],
  "GET /api/requests/{id}/body/{side}": [{ path: "/api/requests/{id}/body/response" }],
  "GET /admin/api/sessions/{id}": [{ path: "/admin/api/sessions/{session}" }],
  "GET /api/sessions/{id}": [{ path: "/api/sessions/{session}" }, { path: "/api/sessions/none", status: 404 }],
  "GET /admin/usage/range": [{ path: `/admin/usage/range${RANGE}` }, { status: 400 }],
  "GET /admin/usage/accounts/range": [{ path: `/admin/usage/accounts/range${RANGE}` }],
  "GET /admin/logs": [{ path: "/admin/logs?limit=1&all=true" }, { path: "/admin/logs?limit=x", status: 400 }],
  "GET /admin/logs/{id}": [{}, { path: "/admin/logs/nothing", status: 404 }],
  "GET /admin/quotas": [{}, { path: "/admin/quotas?refresh=true" }],
  "GET /admin/pricing": [
    { path: "/admin/pricing?model=gpt-5&provider=openai" },
    { path: "/admin/pricing?model=nobodys" },
  ],
  "GET /admin/api/prices/explain": [{ path: "/admin/api/prices/explain?provider=openai&model=gpt-5&input=1000" }],
  "POST /admin/api/prices/refresh": [{ body: {}, status: 400 }],
  "POST /admin/api/prices/backfill": [{ body: { all: true } }, { body: { all: 1 }, status: 400 }],
  "POST /admin/api/upstreams": [{ body: { id: "house", base_url: "http://127.0.0.1:9" }, status: 201 }],
  "GET /admin/api/upstreams/{id}": [{ path: "/admin/api/upstreams/house" }],
  "PUT /admin/api/upstreams/{id}": [
    { path: "/admin/api/upstreams/house", body: { id: "house", base_url: "http://127.0.0.1:10" } },
  ],
  "PATCH /admin/api/upstreams/{id}": [{ path: "/admin/api/upstreams/house", body: { active: false } }],
  "POST /admin/api/routes": [{ body: ROUTE, status: 201 }],
  "GET /admin/api/routes/{model}": [{ path: "/admin/api/routes/team%2Fa" }],
  "PUT /admin/api/routes/{model}": [{ path: "/admin/api/routes/team%2Fa", body: { ...ROUTE, priority: 3 } }],
  "PATCH /admin/api/routes/{model}": [{ path: "/admin/api/routes/team%2Fa", body: { active: false } }],
  "DELETE /admin/api/routes/{model}": [{ path: "/admin/api/routes/team%2Fa" }],
  "DELETE /admin/api/upstreams/{id}": [{ path: "/admin/api/upstreams/house" }],
  "PUT /admin/api/settings/{key}": [
    { path: "/admin/api/settings/fallback.upstream", body: { value: "groq" } },
    { path: "/admin/api/settings/nothing", body: { value: 1 }, status: 404 },
  ],
  "DELETE /admin/api/settings/{key}": [{ path: "/admin/api/settings/fallback.upstream" }],
  "POST /admin/api-keys": [
    { body: { name: "ci" }, status: 201 },
    { body: {}, status: 400 },
  ],
  "GET /admin/session": [{}],
  "POST /admin/session/login": [{ body: { password: "x" }, status: 403 }],
  "POST /admin/session/logout": [{ body: {} }],
  "GET /health/{part}": [{ path: "/health/journal" }, { path: "/health/nothing", status: 404 }],
  "GET /admin/breakers/{id}": [{ path: "/admin/breakers/openai" }, { path: "/admin/breakers/nobody", status: 404 }],
  "POST /admin/breakers/{id}/reset": [{ path: "/admin/breakers/openai/reset", body: {} }],
  "GET /admin/api/routes/simulate": [
    { path: "/admin/api/routes/simulate?path=/v1/chat/completions&model=gpt-5" },
    { path: "/admin/api/routes/simulate?path=/stats/summary" },
    { path: "/admin/api/routes/simulate?path=/nobody/v1/x" },
    { status: 400 },
  ],
};

let stage: Stage;
let document: Document;
let filled: Readonly<Record<string, string>>;

beforeAll(async () => {
  stage = await createStage();
  const usage = { prompt_tokens: 12, completion_tokens: 3, total_tokens: 15 };
  stage.upstream.on(
    "POST /v1/chat/completions",
    json({ id: "c1", object: "chat.completion", model: "gpt-5", choices: [], usage }),
  );
  const call = await fetch(`${stage.url}/openai/v1/chat/completions`, {
    method: "POST",
    headers: { "content-type": "application/json", "x-session-id": "s-1" },
    body: JSON.stringify({ model: "gpt-5", messages: [{ role: "user", content: "?" }] }),
  });
  expect(call.status).toBe(200);
  await call.text();
  const row = await stage.takeRow();
  filled = { "{id}": row.exchange_id, "{session}": row.session_id ?? "" };
  // Read as the document of the running program; each use below checks what it takes from it.
  document = (await stage.modeltap.stats("/api/openapi.json")) as Document;
}, 60_000);
afterAll(() => stage[Symbol.asyncDispose]());

function fill(path: string): string {
  return Object.entries(filled).reduce((text, [name, value]) => text.replace(name, value), path);
}

/** The schema that the document has for an answer, or undefined for what is no JSON. */
function findSchema({ responses }: Operation, status: number, type: string): z.ZodType | undefined {
  const { content = {} } = responses[status] ?? {};
  const declared = Object.keys(content);
  expect(declared.map((name) => name.split(";")[0])).toContain(type);
  const schema = content["application/json"]?.schema;
  if (type !== "application/json" || schema === undefined) return undefined;
  const whole = JSON.stringify({ ...schema, $defs: document.components.schemas });
  return z.fromJSONSchema(JSON.parse(whole.replaceAll("#/components/schemas/", "#/$defs/")));
}

async function check(method: string, path: string, operation: Operation, sample: Sample): Promise<number> {
  const target = fill(sample.path ?? path);
  const isChange = method !== "GET";
  const response = await fetch(stage.url + target, {
    method,
    ...(isChange ? { headers: { "content-type": "application/json" }, body: JSON.stringify(sample.body ?? {}) } : {}),
  });
  const about = `${method} ${target}`;
  const [type = ""] = (response.headers.get("content-type") ?? "").split(";");
  expect([about, Object.keys(operation.responses)]).toEqual([about, expect.arrayContaining([String(response.status)])]);
  expect([about, response.headers.get("cache-control")]).toEqual([about, expect.stringContaining("no-store")]);
  const schema = findSchema(operation, response.status, type);
  if (type === "text/event-stream") await response.body?.cancel();
  else if (schema === undefined) await response.bytes();
  else {
    const parsed = schema.safeParse(await response.json());
    expect([about, parsed.error?.issues.slice(0, 3)]).toEqual([about, undefined]);
  }
  return response.status;
}

test("every operation answers a documented status in the documented shape", async () => {
  let count = 0;
  const order = ["get", "post", "put", "patch", "delete"];
  const operations = Object.entries(document.paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]) => ({ path, method, operation })),
  );
  // Changes make what is then read, changed and deleted: those that make come first.
  const made = operations.filter(
    ({ method, path }) => method === "post" && SAMPLES[`POST ${path}`]?.[0]?.status === 201,
  );
  const others = operations
    .filter((each) => !made.includes(each))
    .toSorted((a, b) => order.indexOf(a.method) - order.indexOf(b.method));
  for (const { path, method, operation } of [...made, ...others]) {
    const name = `${method.toUpperCase()} ${path}`;
    const known = SAMPLES[name];
    // Without a sample, a change is asked with an empty body and a read with a name that is nobody's.
    for (const sample of known ?? [{}]) {
      const status = await check(method.toUpperCase(), path, operation, sample);
      if (known !== undefined) expect([name, sample, status]).toEqual([name, sample, sample.status ?? 200]);
      count += 1;
    }
  }
  expect(count).toBeGreaterThan(80);
}, 60_000);

test("every sample stands for an operation that there is", () => {
  const operations = Object.entries(document.paths).flatMap(([path, methods]) =>
    Object.keys(methods).map((method) => `${method.toUpperCase()} ${path}`),
  );
  expect(Object.keys(SAMPLES).filter((name) => !operations.includes(name))).toEqual([]);
});

test("another method is refused with those there are", async () => {
  for (const path of Object.keys(document.paths)) {
    const known = Object.keys(document.paths[path] ?? {}).map((method) => method.toUpperCase());
    const other = ["DELETE", "PUT", "POST"].find((method) => !known.includes(method));
    if (other === undefined) continue;
    const response = await fetch(stage.url + fill(path).replaceAll(/\{\w+\}/g, "x"), {
      method: other,
      headers: { "content-type": "application/json" },
      body: "{}",
    });
    const about = `${other} ${path}`;
    const answer: unknown = await response.json();
    // A path without its own methods may be another one with a name in it.
    expect([about, [404, 405].includes(response.status)]).toEqual([about, true]);
    expect(answer).toMatchObject({ error: { code: response.status === 405 ? "method_not_allowed" : "not_found" } });
    if (response.status === 405) expect(response.headers.get("allow")).not.toBeNull();
  }
}, 60_000);
