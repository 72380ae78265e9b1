import { expect, test } from "bun:test";

import { readSimulation, simulateRoute, toHeaders } from "../../src/proxy/simulate.ts";
import { startProxy } from "../support/proxy.ts";
import { toTestTable } from "../support/route-table.ts";

const table = toTestTable("http://x", () => ({}));
const tell = (path: string, headers: Record<string, string> = {}) =>
  simulateRoute(table, { method: "GET", path, headers: new Headers(headers) });

test("tells what is ours and what is refused; decisions are held by the table of decide.test.ts", () => {
  expect(tell("/stats/summary")).toEqual({ outcome: "own", owner: "api" });
  expect(tell("/v1/x", { "x-provider": "nobody" })).toMatchObject({
    outcome: "refused",
    status: 404,
    code: "unknown_provider",
  });
});

test("a field that is none is told, by the endpoint's name for it", () => {
  expect(readSimulation(new URLSearchParams("path=/v1/x&header=abc"))).toBe("header must be a field as name:value.");
  expect(readSimulation(new URLSearchParams("path=/v1/x&header=a:b"))).toBeObject();
});

test("shows no secret", () => {
  const credential = {
    mode: "bearer",
    header: "authorization",
    from: "environment variable K",
    read: () => "s3cret",
  } as const;
  const told = simulateRoute(
    toTestTable("http://x", () => ({}), { credential }),
    {
      method: "POST",
      path: "/custom/v1/x",
      headers: new Headers({ authorization: "Bearer client-s3cret" }),
    },
  );
  expect(told).toMatchObject({ targets: [{ credential: "environment variable K", credential_there: true }] });
  expect(JSON.stringify(told)).not.toContain("s3cret");
});

test("fields are read as they are written on a command line; what is none is left out", () => {
  expect([...toHeaders(["X-Provider: groq", "a:b:c", "no field", "bad name: x"])]).toEqual([
    ["a", "b:c"],
    ["x-provider", "groq"],
  ]);
});

test("GET /admin/api/routes/simulate answers from the running proxy's table, and sends nothing", async () => {
  await using proxy = startProxy({ baseUrl: "http://127.0.0.1:9" });
  const ask = (query: string) => fetch(`${proxy.url}/admin/api/routes/simulate?${query}`);
  expect(await (await ask("path=/v1/x&header=x-provider:groq")).json()).toMatchObject({
    rule: "x-provider",
    targets: [{ upstream: "groq", url: "http://127.0.0.1:9/v1/x" }],
  });
  for (const [query, name] of [
    ["path=nowhere", "path"],
    ["", "path"],
    ["path=/v1/x&method=P%20T", "method"],
    ["path=/v1/x&modle=m", "modle"],
  ] as const) {
    const refusal = await ask(query);
    expect(refusal.status).toBe(400);
    expect(await refusal.json()).toMatchObject({
      error: { code: "bad_parameter", message: expect.stringContaining(name) },
    });
  }
  expect(proxy.exchanges).toHaveLength(0);
});
