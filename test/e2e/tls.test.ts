import { afterAll, afterEach, beforeAll, describe, expect, test } from "bun:test";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { createCertificate, type Certificate } from "../support/certificate.ts";
import { sse, sseText } from "../support/step.ts";
import { chatAnswer, chatEvents } from "./answers.ts";
import { createStage, type Stage, type StageOptions } from "./stage.ts";

let folder: string;
let certificate: Certificate;
let files: { readonly cert: string; readonly key: string };
const stages: Stage[] = [];

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "modeltap-tls-"));
  certificate = await createCertificate();
  files = { cert: join(folder, "cert.pem"), key: join(folder, "key.pem") };
  await Bun.write(files.cert, certificate.cert);
  await Bun.write(files.key, certificate.key);
});
afterEach(async () => {
  for (const stage of stages.splice(0)) await stage[Symbol.asyncDispose]();
});
afterAll(() => rm(folder, { recursive: true, force: true }));

async function start(options: StageOptions): Promise<Stage> {
  const stage = await createStage(options);
  stages.push(stage);
  stage.upstream.on("POST /v1/chat/completions", chatAnswer({ content: "hi" }, { input: 3, output: 1 }));
  return stage;
}

const ask = (stage: Stage, provider = "openai", tls?: { ca: string }): Promise<Response> =>
  fetch(`${stage.url}/${provider}/v1/chat/completions`, {
    method: "POST",
    body: '{"model":"m"}',
    headers: { "content-type": "application/json" },
    ...(tls === undefined ? {} : { tls }),
  });

describe("an upstream with a certificate of its own authority", () => {
  test("is refused: upstream_tls_failed, and nothing of the request is sent", async () => {
    const stage = await start({ upstream: { tls: certificate } });
    const answer = await ask(stage);
    expect([answer.status, answer.headers.get("x-modeltap-error")]).toEqual([502, "upstream_tls_failed"]);
    expect(await answer.text()).toContain("ca_file");
    expect(stage.upstream.requests).toEqual([]);
    expect(await stage.takeRow()).toMatchObject({ error_code: "upstream_tls_failed", ended_by: "upstream" });
  });

  test("is accepted with ca_file", async () => {
    const stage = await start({ upstream: { tls: certificate }, config: { ca_file: files.cert } });
    const answer = await ask(stage);
    expect([answer.status, await answer.json()]).toMatchObject([200, { usage: { prompt_tokens: 3 } }]);
    expect(await stage.takeRow()).toMatchObject({ status_code: 200, state: "completed", input_tokens: 3 });
  });

  test("is accepted with tls_insecure, by this provider alone", async () => {
    const stage = await start({ upstream: { tls: certificate }, providers: { openai: { tls_insecure: true } } });
    expect(stage.modeltap.logs()).toMatch(/tls_insecure.*openai/);
    expect((await ask(stage)).status).toBe(200);
    expect((await ask(stage, "groq")).headers.get("x-modeltap-error")).toBe("upstream_tls_failed");
    expect(await stage.takeRows(2)).toMatchObject([
      { provider: "openai", status_code: 200, state: "completed" },
      { provider: "groq", status_code: 502, error_code: "upstream_tls_failed" },
    ]);
  });
});

describe("tls_cert and tls_key", () => {
  test("serve traffic, pages and health over HTTPS, with the certificate that was given", async () => {
    const stage = await start({ config: { tls_cert: files.cert, tls_key: files.key } });
    expect(stage.url).toStartWith("https://127.0.0.1:");
    const trusted = { tls: { ca: certificate.cert } };

    expect(await (await ask(stage, "openai", { ca: certificate.cert })).json()).toMatchObject({
      usage: { prompt_tokens: 3 },
    });
    const events = chatEvents([{ content: "a" }], { input: 4, output: 2 });
    stage.upstream.on("POST /v1/responses", sse(events, { paceMs: 1 }));
    const streamed = await fetch(`${stage.url}/openai/v1/responses`, { method: "POST", body: "{}", ...trusted });
    expect(await streamed.text()).toBe(events.map(sseText).join(""));

    const page = await fetch(`${stage.url}/dashboard`, trusted);
    expect([page.status, page.headers.get("content-type")]).toEqual([200, expect.stringContaining("text/html")]);
    const own = await fetch(`${stage.url}/stats/summary`, { headers: { origin: stage.url }, ...trusted });
    expect(own.status).toBe(200);
    expect(await stage.takeRows(2)).toMatchObject([{ status_code: 200 }, { status_code: 200 }]);
  });

  test("a client that does not know the authority does not get in, nor does one that speaks plain HTTP", async () => {
    const stage = await start({ config: { tls_cert: files.cert, tls_key: files.key } });
    const failure = await ask(stage).catch((cause: unknown) => cause);
    expect(failure).toMatchObject({ code: expect.stringMatching(/CERT|SELF_SIGNED/) });
    const plain = await fetch(`${stage.url.replace("https", "http")}/health`).catch(() => undefined);
    expect(plain?.ok ?? false).toBe(false);
    expect(stage.upstream.requests).toEqual([]);
  });
});
