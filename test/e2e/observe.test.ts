/** @module The real program's `/ready`, `/metrics` and security headers: also while recorder and api are dead. */

import { afterAll, beforeAll, expect, test } from "bun:test";
import { readyAnswer } from "../../src/api/schema/status.ts";
import { expectFit } from "../api/fits.ts";
import { eventually } from "../support/gate.ts";
import { type Modeltap, startModeltap } from "../support/modeltap.ts";

const SECRET = "sk-proj-neverShown0123456789";
let hangs = false;
const upstream = Bun.serve({
  port: 0,
  hostname: "127.0.0.1",
  fetch(request) {
    if (request.method === "HEAD") return hangs ? new Promise<Response>(() => {}) : new Response(null, { status: 404 });
    return Response.json({
      id: "chatcmpl-1",
      object: "chat.completion",
      model: "gpt-5-mini",
      choices: [{ index: 0, message: { role: "assistant", content: "hi" }, finish_reason: "stop" }],
      usage: { prompt_tokens: 12, completion_tokens: 3, total_tokens: 15 },
    });
  },
});
let modeltap: Modeltap;

beforeAll(async () => {
  modeltap = await startModeltap({
    config: { providers: { openai: { base_url: `http://127.0.0.1:${upstream.port}` } } },
  });
  const call = await fetch(`${modeltap.url}/openai/v1/chat/completions`, {
    method: "POST",
    headers: { "content-type": "application/json", authorization: `Bearer ${SECRET}` },
    body: JSON.stringify({ model: "gpt-5-mini", messages: [] }),
  });
  await call.text();
  await modeltap.waitForRows(1);
});
afterAll(async () => {
  await modeltap.destroy();
  await upstream.stop(true);
});

type Ready = { status: string; checks: Record<string, { status: string; output?: string }> };
const ready = async (): Promise<{ code: number; body: Ready }> => {
  const response = await fetch(`${modeltap.url}/ready`);
  expect(response.headers.get("cache-control")).toBe("no-store");
  return { code: response.status, body: (await response.json()) as Ready };
};
/** Answers are remembered for three seconds. */
const readyUntil = async (wanted: (answer: Awaited<ReturnType<typeof ready>>) => boolean) =>
  eventually(
    async () => {
      const answer = await ready();
      return wanted(answer) ? answer : undefined;
    },
    "/ready to change",
    20_000,
  );

test("is ready, with every check and the other program's names for them", async () => {
  const { code, body } = await readyUntil(({ code: status }) => status === 200);
  expect(code).toBe(200);
  expectFit(readyAnswer, body);
  expect(body.checks["store"]).toMatchObject({ status: "pass" });
  expect(body.checks["upstream"]).toMatchObject({ status: "pass", statusCode: 404 });
});

test("counts what passed, without a secret", async () => {
  const text = await eventually(async () => {
    const page = await (await fetch(`${modeltap.url}/metrics`)).text();
    return page.includes("modeltap_requests_total{") ? page : undefined;
  }, "/metrics to count the call");
  expect(text).toMatch(/^modeltap_up 1$/m);
  expect(text).toMatch(
    /^modeltap_requests_total\{provider="openai",status_class="2xx",tool="[^"]+",kind="generation"\} 1$/m,
  );
  expect(text).toMatch(/^modeltap_tokens_total\{provider="openai",tool="[^"]+",kind="input"\} 12$/m);
  expect(text).toMatch(/^modeltap_request_duration_seconds_bucket\{.*le="\+Inf"\} 1$/m);
  expect(text).toMatch(/^modeltap_attempts_total\{upstream="openai",kind="first",result="2xx"\} 1$/m);
  expect(text).toMatch(/^modeltap_breaker_state\{upstream="openai"\} 0$/m);
  expect(text).toMatch(/^modeltap_breaker_opens_total\{upstream="openai"\} 0$/m);
  expect(text).toMatch(/^modeltap_child_running\{child="recorder"\} 1$/m);
  expect(text).not.toContain(SECRET);
  for (const line of text.split("\n")) expect(line).toMatch(/^(?:# (?:HELP|TYPE) .*|[a-z_]+(?:\{.*\})? -?[\d.e+-]+|)$/);
});

test.each([
  "/",
  "/health",
  "/ready",
  "/metrics",
  "/dashboard",
  "/admin/stats",
  "/admin/none",
  "/nowhere/x",
  "/api/docs",
])("%s tells browsers to be careful", async (path) => {
  const { headers } = await fetch(`${modeltap.url}${path}`, { redirect: "manual" });
  expect(headers.get("content-security-policy")).toContain("default-src 'none'");
  expect(headers.get("x-content-type-options")).toBe("nosniff");
  expect(headers.get("x-frame-options")).toBe("DENY");
  expect(headers.get("referrer-policy")).toBe("no-referrer");
  expect(headers.get("strict-transport-security")).toBeNull();
});

test("an upstream's answer gets none of it", async () => {
  const answer = await fetch(`${modeltap.url}/openai/v1/models`);
  expect(answer.headers.get("content-security-policy")).toBeNull();
  expect(answer.headers.get("x-frame-options")).toBeNull();
});

test("an upstream that hangs is a failure within its limit", async () => {
  hangs = true;
  const startedAt = performance.now();
  const { code, body } = await readyUntil(({ code: status }) => status === 503);
  expect(performance.now() - startedAt).toBeLessThan(15_000);
  expect(code).toBe(503);
  expect(body.checks["upstream"]).toMatchObject({ status: "fail" });
  expect(body.checks["prices"]?.status).not.toBe("fail");
  hangs = false;
  await readyUntil(({ code: status }) => status === 200);
}, 60_000);

test("it answers while the api is dead, and says when the recorder is", async () => {
  const { recorder, api } = await modeltap.pids();
  process.kill(api, "SIGSTOP");
  process.kill(recorder, "SIGSTOP");
  const { body } = await readyUntil(({ code: status }) => status === 503);
  expect(body.checks["recorder"]).toMatchObject({ status: "fail" });
  expect((await fetch(`${modeltap.url}/metrics`)).status).toBe(200);
  process.kill(recorder, "SIGCONT");
  process.kill(api, "SIGCONT");
  await readyUntil(({ code: status }) => status === 200);
}, 60_000);
