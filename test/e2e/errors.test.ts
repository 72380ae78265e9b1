import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { join } from "node:path";

import { ERROR_CODES } from "../../src/domain/error.ts";
import { createCertificate } from "../support/certificate.ts";
import { eventually } from "../support/gate.ts";
import { createPlaybook, type Playbook } from "../support/playbook.ts";
import { openRaw, rawRequest } from "../support/raw-request.ts";
import { body, delay, head, never, raw } from "../support/step.ts";
import { blackhole, refusedPort } from "../support/unreachable.ts";
import { createUpstream } from "../support/upstream.ts";
import { createRowCheck, expectOwnError } from "./own-error.ts";
import { startOn } from "./stage.ts";
import type { Modeltap } from "../support/modeltap.ts";

const opened: AsyncDisposable[] = [];
let play: Playbook;
let modeltap: Modeltap;

beforeAll(async () => {
  const hole = await blackhole();
  const secret = await createUpstream({ tls: await createCertificate() });
  opened.push(hole, secret);
  const refused = `http://127.0.0.1:${await refusedPort()}`;
  play = await createPlaybook(async (upstream) => {
    modeltap = await startOn(upstream.url, {
      config: {
        timeouts: { connect: "600ms", first_byte: "600ms", idle: "600ms", drain: 0 },
        breaker: { open_after_failures: 5, half_open_after: "500ms" },
      },
      providers: {
        groq: { base_url: refused },
        mistral: { timeouts: { total: "300ms" } },
        together: { base_url: refused },
        xai: { base_url: hole.url },
        deepseek: { base_url: secret.url },
        anthropic: { base_url: refused },
        gemini: { base_url: refused },
        "ollama-cloud": { base_url: refused },
        bedrock: { base_url: refused },
        cohere: { base_url: refused },
      },
    });
    opened.push(modeltap);
    return modeltap;
  });
  opened.push(play);
});

afterAll(async () => {
  for (const each of opened.toReversed()) await each[Symbol.asyncDispose]();
});

const CHAT = { target: "/openai/v1/chat/completions", json: { model: "m", messages: [] } };

const expectRow = createRowCheck(() => modeltap);

describe("upstreams that cannot be reached", () => {
  test("upstream_connect_failed: nobody listens", async () => {
    await play.clientSends({ ...CHAT, target: "/groq/openai/v1/chat/completions" });
    expectOwnError("upstream_connect_failed", await play.client.response());
    await expectRow("upstream_connect_failed", { provider: "groq" });
  });

  test("upstream_connect_timeout: nobody answers the SYN", async () => {
    await play.clientSends({ ...CHAT, target: "/xai/v1/chat/completions" });
    expectOwnError("upstream_connect_timeout", await play.client.response());
    await expectRow("upstream_connect_timeout", { provider: "xai" });
  });

  test("upstream_tls_failed: the certificate is its own authority", async () => {
    await play.clientSends({ ...CHAT, target: "/deepseek/v1/chat/completions" });
    expectOwnError("upstream_tls_failed", await play.client.response());
    await expectRow("upstream_tls_failed", { provider: "deepseek" });
  });

  test("circuit_open: after five failures in a row it rests, then one request tries again", async () => {
    const request = { ...CHAT, target: "/together/v1/chat/completions" };
    for (let failure = 1; failure <= 5; failure++) {
      await play.clientSends(request);
      expectOwnError("upstream_connect_failed", await play.client.response());
    }
    await play.clientSends(request);
    const resting = await play.client.response();
    expectOwnError("circuit_open", resting);
    expect(resting.header("retry-after")).toBe("1");
    await expectRow("circuit_open", { provider: "together" });
    await Bun.sleep(500);
    await play.clientSends(request);
    expectOwnError("upstream_connect_failed", await play.client.response());
    await expectRow("upstream_connect_failed", { provider: "together" });
  });

  test.each([
    [
      "openai",
      "/groq/openai/v1/chat/completions",
      { error: { type: "api_error", param: null, code: "upstream_connect_failed" } },
    ],
    [
      "anthropic",
      "/anthropic/v1/messages",
      { type: "error", error: { type: "api_error", code: "upstream_connect_failed" } },
    ],
    ["gemini", "/gemini/v1beta/models/m:generateContent", { error: { code: 502, status: "UNAVAILABLE", details: [] } }],
    [
      "ollama",
      "/ollama-cloud/api/chat",
      { error: expect.stringContaining("modeltap: "), code: "upstream_connect_failed" },
    ],
    [
      "bedrock",
      "/bedrock/model/m/converse",
      { message: expect.stringContaining("modeltap: "), code: "upstream_connect_failed" },
    ],
    ["cohere", "/cohere/v2/chat", { message: expect.stringContaining("modeltap: "), code: "upstream_connect_failed" }],
  ])("a client of %s reads the error in its own dialect", async (_family, target, shape) => {
    await play.clientSends({ target, json: { model: "m" } });
    const answer = await play.client.response();
    expectOwnError("upstream_connect_failed", answer);
    expect(JSON.parse(answer.text)).toMatchObject(shape);
    await expectRow("upstream_connect_failed", { endpoint: target.slice(target.indexOf("/", 1)) });
  });
});

describe("upstreams that fail after the request", () => {
  test("upstream_first_byte_timeout: no head comes", async () => {
    await play.clientSends(CHAT);
    await play.upstreamReceives();
    void play.upstreamSends(never());
    expectOwnError("upstream_first_byte_timeout", await play.client.response());
    await play.upstreamSeesDisconnect();
    await expectRow("upstream_first_byte_timeout");
  });

  test("upstream_idle_timeout: the answer stops in its middle, and the client's connection breaks", async () => {
    await play.clientSends(CHAT);
    await play.upstreamReceives();
    await play.upstreamSends(head(200, [["transfer-encoding", "chunked"]]), body("data: 1\n\n"));
    await play.clientReceives("data: 1\n\n");
    await play.clientSeesBreak();
    await play.upstreamSeesDisconnect();
    await expectRow("upstream_idle_timeout", { status_code: 200 });
  });

  test("an answer that pauses for less than the idle limit, several times, is whole", async () => {
    await play.clientSends(CHAT);
    await play.upstreamReceives();
    await play.upstreamSends(head(200, [["transfer-encoding", "chunked"]]));
    for (const text of ["1", "2", "3"]) await play.upstreamSends(body(text), delay(300));
    await play.upstreamEnds();
    await play.clientReceives({ status: 200, body: "123" });
    await play.rowSays({ status_code: 200, state: "completed", error_code: null, ended_by: "upstream" });
  });

  test("upstream_total_timeout: the answer never comes to its end", async () => {
    const call = { ...CHAT, target: "/mistral/v1/chat/completions" };
    await play.clientSends(call);
    await play.upstreamReceives();
    await play.upstreamSends(head(200, [["transfer-encoding", "chunked"]]), body("1"), delay(200), body("2"));
    await play.clientSeesBreak();
    await play.upstreamSeesDisconnect();
    await expectRow("upstream_total_timeout", { provider: "mistral", status_code: 200 });
  });

  test("upstream_disconnected: before the head", async () => {
    await play.clientSends(CHAT);
    await play.upstreamReceives();
    await play.upstreamDisconnects("reset");
    expectOwnError("upstream_disconnected", await play.client.response());
    await expectRow("upstream_disconnected");
  });

  test.each(["cut", "reset"] as const)("upstream_disconnected: %s in the middle of the answer", async (how) => {
    await play.clientSends(CHAT);
    await play.upstreamReceives();
    await play.upstreamSends(head(200, [["transfer-encoding", "chunked"]]), body("data: 1\n\n"));
    await play.clientReceives("data: 1\n\n");
    await play.upstreamDisconnects(how);
    await play.clientSeesBreak();
    await expectRow("upstream_disconnected", { status_code: 200 });
  });

  test("upstream_invalid_response: it speaks something else", async () => {
    await play.clientSends(CHAT);
    await play.upstreamReceives();
    await play.upstreamSends(raw("SSH-2.0-OpenSSH_9.9\r\nnot http at all\r\n\r\n"));
    expectOwnError("upstream_invalid_response", await play.client.response());
    await expectRow("upstream_invalid_response");
  });

  test("request_aborted: the client goes before the head", async () => {
    await play.clientSends(CHAT);
    await play.upstreamReceives();
    await play.clientGoes("reset");
    await play.upstreamSeesDisconnect();
    // Nobody was answered, so the record has no status.
    await expectRow("request_aborted", { state: "aborted", status_code: null });
  });
});

test("api_unavailable: the pages are away for a moment, traffic is not", async () => {
  const { api } = await modeltap.pids();
  process.kill(api, "SIGKILL");
  const answer = await rawRequest(modeltap.url, { target: "/stats/summary" });
  expectOwnError("api_unavailable", answer);
  expect(answer.header("retry-after")).toBe("1");
  await play.clientSends(CHAT);
  await play.upstreamReceives();
  await play.upstreamSends(head(200, [["content-length", "2"]]), body("{}"));
  await play.upstreamEnds();
  await play.clientReceives({ status: 200, body: "{}" });
  await eventually(() => modeltap.stats("/stats/summary").catch(() => undefined), "the api to come back");
  expect((await modeltap.pids()).api).not.toBe(api);
});

test("no failure leaves an exchange running or memory held", async () => {
  const { traffic } = (await modeltap.stats("/health")) as { traffic: { running: number; held_bytes: number } };
  expect([traffic.running, traffic.held_bytes]).toEqual([0, 0]);
});

test("shutting_down: a stream that outlasts the drain time is broken off, and recorded so", async () => {
  await play.clientSends(CHAT);
  await play.upstreamReceives();
  await play.upstreamSends(head(200, [["transfer-encoding", "chunked"]]), body("data: 1\n\n"));
  await play.clientReceives("data: 1\n\n");
  expect(await modeltap.stop()).toBe(0);
  await play.clientSeesBreak();
  expect(await openRaw(modeltap.url).catch(() => "refused")).toBe("refused");
  await using again = await startOn(play.upstream.url, { home: modeltap.home });
  const [row] = await again.rows(1);
  expect(row).toMatchObject({ status_code: 200, error_code: "shutting_down", ended_by: "proxy", state: "failed" });
});

test("every code of docs/errors.md has its scenario, but those that cannot be caused from outside", async () => {
  // `internal` needs a fault of ours.
  const apart: readonly string[] = ["internal"];
  const files = [
    "errors.test.ts",
    "request-errors.test.ts",
    "refusals.test.ts",
    "keys.test.ts",
    "admin.test.ts",
    "../proxy/admit.test.ts",
    "../proxy/login.test.ts",
  ];
  const texts = await Promise.all(files.map((name) => Bun.file(join(import.meta.dir, name)).text()));
  const isPlayed = (code: string) => texts.some((text) => text.includes(`"${code}`));
  expect(Object.keys(ERROR_CODES).filter((code) => !apart.includes(code) && !isPlayed(code))).toEqual([]);
});
