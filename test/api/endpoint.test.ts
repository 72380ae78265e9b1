import { expect, test } from "bun:test";
import { Hono } from "hono";
import { z } from "zod";
import { endpoint, mountEndpoints } from "../../src/api/endpoint.ts";
import { toErrorResponse } from "../../src/api/error.ts";

const api = new Hono();
api.onError((error) => toErrorResponse(error));
mountEndpoints(api, [
  endpoint({
    method: "get",
    path: "/things/{id}",
    tag: "t",
    summary: "One.",
    params: z.object({ id: z.string() }),
    query: z.strictObject({ size: z.enum(["s", "m"], "s or m").default("s") }),
    answer: z.object({ id: z.string(), size: z.string() }),
    handle: ({ params, query }) => ({ id: params.id, size: query.size }),
  }),
  endpoint({ method: "get", path: "/plain", tag: "t", summary: "It.", answer: z.object({}), handle: () => ({}) }),
  endpoint({
    method: "post",
    path: "/things",
    tag: "t",
    summary: "Makes one.",
    body: z.strictObject({ name: z.string(), sizes: z.array(z.number()).optional() }),
    answer: z.object({ name: z.string() }),
    status: 201,
    handle: ({ body }) => ({ name: body.name }),
  }),
]);

const send = async (body: string, type = "application/json; charset=utf-8", method = "POST", path = "/things") => {
  const response = await api.request(path, { method, body, headers: { "content-type": type } });
  const answer = (await response.json()) as { error?: { code: string; message: string } };
  return { status: response.status, ...answer, code: answer.error?.code, message: answer.error?.message ?? "" };
};

test("a read gets its checked path and query", async () => {
  expect(await (await api.request("/things/7?size=m")).json()).toEqual({ id: "7", size: "m" });
  expect((await api.request("/things/7?size=xl")).status).toBe(400);
  expect((await api.request("/things/7", { method: "HEAD" })).status).toBe(200);
});

test("a change gets its checked body and answers with its own status", async () => {
  expect(await send(`{"name":"a"}`)).toMatchObject({ status: 201, name: "a" });
});

test.each([
  ["{", "no JSON"],
  [`{"name":1}`, "name: "],
  [`{"name":"a","sizes":[1,"x"]}`, "sizes[1]: "],
  [`{"name":"a","extra":1}`, `"extra" is no field here`],
  [`[]`, "the body: "],
])("refuses the body %p and says where it is wrong", async (body, message) => {
  const answer = await send(body);
  expect([answer.status, answer.code]).toEqual([400, "bad_body"]);
  expect(answer.message).toContain(message);
});

test.each(["text/plain", "application/x-www-form-urlencoded", "multipart/form-data", "application/jsonp", ""])(
  "refuses a change sent as %p",
  async (type) => {
    expect(await send(`{"name":"a"}`, type)).toMatchObject({ status: 415, code: "json_required" });
  },
);

test("says which methods a known path has", async () => {
  const answer = await send("{}", "application/json", "DELETE", "/things/7");
  expect(answer).toMatchObject({ status: 405, code: "method_not_allowed" });
  expect(answer.message).toContain("GET, HEAD");
});

test("a read without parameters refuses any", async () => {
  expect((await api.request("/plain")).status).toBe(200);
  const refused = await api.request("/plain?size=1");
  expect(refused.status).toBe(400);
  expect(await refused.json()).toMatchObject({ error: { message: '"size" is no parameter here.' } });
});
