/** @module Routes that price rows offer, through the whole program: in use only with a key, deleted for good, never over your own. */

import { afterAll, beforeAll, expect, test } from "bun:test";

import { createStage, type Stage } from "./stage.ts";
import * as step from "../support/step.ts";

const KEY = "sk-or-secret-of-openrouter-012345";

let stage: Stage;
beforeAll(async () => {
  stage = await createStage({ env: { OPENROUTER_API_KEY: KEY } });
  stage.upstream.on(/./, step.json({ ok: true }));
});
afterAll(() => stage[Symbol.asyncDispose]());

type Plan = {
  readonly counts: Readonly<Record<string, number>>;
  readonly items: readonly { readonly model: string; readonly status: string; readonly active: boolean }[];
  readonly removed_seeds: readonly string[];
};

async function call(method: string, path: string, body?: unknown): Promise<Plan> {
  const response = await fetch(`${stage.url}/admin/api/routes${path}`, {
    method,
    headers: { "content-type": "application/json" },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  expect(response.status).toBe(path === "" && method === "POST" ? 201 : 200);
  const answer: unknown = await response.json();
  // Our own api's answer to the call.
  return answer as Plan;
}

const simulate = (model: string) =>
  stage.modeltap.stats(`/admin/api/routes/simulate?path=/v1/chat/completions&model=${encodeURIComponent(model)}`);

test("a preview changes nothing; applied routes go by the key of their upstream, and stay off without one", async () => {
  const preview = await call("POST", "/defaults/preview", { models: ["deepseek/deepseek-v3.2", "gpt-5.4"] });
  expect(preview.items).toMatchObject([
    { model: "deepseek/deepseek-v3.2", upstream: "openrouter", key_env: "OPENROUTER_API_KEY", active: true },
    { model: "gpt-5.4", upstream: "openai", key_env: "OPENAI_API_KEY", active: false },
  ]);
  expect(await call("GET", "")).toMatchObject({ routes: [] });

  const applied = await call("POST", "/defaults/apply", { models: ["deepseek/deepseek-v3.2", "gpt-5.4"] });
  expect(applied.counts["insert"]).toBe(2);
  await fetch(`${stage.url}/v1/chat/completions`, {
    method: "POST",
    headers: { "content-type": "application/json", authorization: "Bearer sk-client-0123456789abcdef" },
    body: '{"model":"deepseek/deepseek-v3.2"}',
  });
  const request = stage.upstream.requests.at(-1);
  expect(request?.header("authorization")).toBe(`Bearer ${KEY}`);
  expect(await simulate("gpt-5.4")).toMatchObject({ rule: "default" });
  const again = await call("POST", "/defaults/preview", { models: ["deepseek/deepseek-v3.2", "gpt-5.4"] });
  expect(again.items.map(({ status }) => status)).toEqual(["unchanged", "unchanged"]);
});

test("a deleted one is not offered again unless asked for; your own are never touched", async () => {
  const path = `/${encodeURIComponent("deepseek/deepseek-v3.2")}`;
  await call("DELETE", path);
  expect((await call("GET", "")).removed_seeds).toEqual(["deepseek/deepseek-v3.2"]);
  const models = ["deepseek/deepseek-v3.2"];
  expect((await call("POST", "/defaults/apply", { models })).items[0]?.status).toBe("removed");
  expect(await simulate("deepseek/deepseek-v3.2")).toMatchObject({ rule: "default" });
  expect((await call("POST", "/defaults/apply", { models, include_removed: true })).items[0]?.status).toBe("insert");
  expect(await simulate("deepseek/deepseek-v3.2")).toMatchObject({ rule: "model-route" });

  await call("PUT", path, { upstream: "groq" });
  const refreshed = await call("POST", "/defaults/apply", { models, mode: "refresh_generated" });
  expect(refreshed.items[0]?.status).toBe("keep_own");
  expect(await simulate("deepseek/deepseek-v3.2")).toMatchObject({ targets: [{ upstream: "groq" }] });
});

test("all routes of one upstream are stored in one go", async () => {
  const { counts } = await call("POST", "/defaults/apply", { provider: "openrouter" });
  expect(counts["insert"]).toBeGreaterThan(200);
  expect((await call("POST", "/defaults/preview", { provider: "openrouter" })).counts["insert"]).toBe(0);
});
