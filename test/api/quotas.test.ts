import { afterAll, beforeAll, expect, test } from "bun:test";
import { type ApiCase, openApiCase } from "./api-case.ts";

let api: ApiCase;
beforeAll(async () => {
  api = await openApiCase();
});
afterAll(() => api.close());

test.each([
  "/admin/quotas",
  "/admin/quotas?refresh=true",
  "/admin/quotas/refresh",
  "/admin/quotas/probes",
  "/admin/quotas/history",
])("%s says that nothing reads quotas", async (path) => {
  expect(await api.json(path)).toMatchObject({ configured: false, message: "not configured" });
});

test("hours are checked all the same", async () => {
  expect((await api.ask("/admin/quotas/history?hours=0")).status).toBe(400);
  expect((await api.ask("/admin/quotas/history?from=2026-11-01")).status).toBe(400);
});
