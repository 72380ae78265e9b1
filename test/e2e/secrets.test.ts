import { afterAll, beforeAll, describe, expect, test } from "bun:test";

import { eventually } from "../support/gate.ts";
import { rawRequest } from "../support/raw-request.ts";
import { json } from "../support/step.ts";
import { refusedPort } from "../support/unreachable.ts";
import { findOnDisk } from "./disk.ts";
import { createStage, type Stage } from "./stage.ts";

const PROXY_PASSWORD = newSecret();

let stage: Stage;
beforeAll(async () => {
  stage = await createStage({
    config: { log_level: "debug", https_proxy: `http://user:${PROXY_PASSWORD}@proxy.invalid:3128` },
    providers: { groq: { base_url: `http://127.0.0.1:${await refusedPort()}` } },
  });
});
afterAll(() => stage[Symbol.asyncDispose]());

/** Letters and digits only, so that no encoding changes how it looks. */
function newSecret(): string {
  return crypto.randomUUID().replaceAll("-", "") + crypto.randomUUID().replaceAll("-", "");
}

/** Records may show the last four characters as a hint: what is looked for ends before them. */
const toNeedle = (secret: string): string => secret.slice(0, 24);

type Place = {
  readonly what: string;
  readonly secret: string;
  readonly header?: readonly [string, string];
  readonly query?: string;
};

const header = (name: string, prefix = "", suffix = ""): Place => {
  const secret = newSecret();
  return { what: `${name}: ${prefix}…`, secret, header: [name, `${prefix}${secret}${suffix}`] };
};
const query = (name: string, prefix = ""): Place => {
  const secret = newSecret();
  return { what: `?${name}=${prefix}…`, secret, query: `${name}=${prefix}${secret}` };
};

const PLACES: readonly Place[] = [
  header("authorization", "Bearer sk-proj-"),
  header("authorization", "Bearer "),
  header("authorization", "Basic "),
  header(
    "authorization",
    "AWS4-HMAC-SHA256 Credential=AKIAIOSFODNN7EXAMPLE/20261121/us-east-1/bedrock/aws4_request, SignedHeaders=host, Signature=",
  ),
  header("authorization", ""),
  header("proxy-authorization", "Basic "),
  header("x-api-key", "sk-ant-api03-"),
  header("api-key"),
  header("x-goog-api-key", "AIza"),
  header("x-amz-security-token"),
  header("x-admin-token"),
  header("x-proxy-key"),
  header("cookie", "theme=dark; session="),
  header("sec-websocket-protocol", "realtime, openai-insecure-api-key.sk-"),
  header("x-acme-api-key"),
  header("x-acme-secret"),
  header("x-acme-auth"),
  header("x-acme-auth-token"),
  header("x-acme-token"),
  header("acme-access-token"),
  header("x-note", "please use sk-proj-", " thanks"),
  header("x-note", "see Bearer "),
  header("x-note", "hf_"),
  header("x-note", "token=eyJhbGciOiJIUzI1NiJ9."),
  header("user-agent", "tool/1 (key gsk_", ")"),
  header("x-modeltap-tag-key", "sk-or-v1-"),
  query("key", "AIza"),
  query("api_key"),
  query("api-key"),
  query("access_token"),
  query("X-Amz-Security-Token"),
  query("X-Amz-Signature"),
  query("X-Amz-Credential", "AKIA"),
  query("sig"),
  query("client_secret"),
  query("note", "xai-"),
];

/** Removed on the way by the closed list of edits, as hop-by-hop or as ours. */
const NOT_FORWARDED = /^(?:proxy-authorization|x-admin-token|x-modeltap-)/;

const requestOf = (target: string, place: Place) => ({
  method: "POST",
  target: place.query === undefined ? target : `${target}?a=1&${place.query}&b=2`,
  headers: [["Content-Type", "application/json"], ...(place.header === undefined ? [] : [place.header])] as const,
  body: '{"model":"m"}',
});

/** Everything a person could see: answers of every page that lists or shows exchanges, health, the log. */
async function readEverything(): Promise<string> {
  const rows = await stage.modeltap.rows(1000);
  const details = await Promise.all(rows.map((row) => stage.detail(row)));
  const pages = ["/health", "/stats/summary", "/stats/by-model", "/stats/timeseries", "/admin/api/requests?limit=1000"];
  const texts = await Promise.all(pages.map(async (path) => JSON.stringify(await stage.modeltap.stats(path))));
  return [JSON.stringify(rows), JSON.stringify(details), ...texts, stage.modeltap.logs()].join("\n");
}

async function expectNowhere(secrets: readonly string[]): Promise<void> {
  const needles = secrets.map(toNeedle);
  const everything = await readEverything();
  expect(needles.filter((needle) => everything.includes(needle))).toEqual([]);
  expect(findOnDisk(stage.modeltap.dataDir, needles)).toEqual([]);
}

/** The journal's segments must be there to be looked at: the recorder reads and prunes them otherwise. */
async function withRecorderHeld(work: () => Promise<void>): Promise<void> {
  const { recorder } = await stage.modeltap.pids();
  process.kill(recorder, "SIGSTOP");
  try {
    await work();
  } finally {
    process.kill(recorder, "SIGCONT");
  }
}

describe("secrets", () => {
  test("of a request reach the upstream as they are, and the journal never", async () => {
    stage.upstream.on(/^POST/, json({ ok: true }));
    await withRecorderHeld(async () => {
      for (const place of PLACES) {
        const answer = await rawRequest(stage.url, requestOf("/openai/v1/responses", place));
        expect(answer.status).toBe(200);
        const got = stage.upstream.requests.at(-1);
        const [name = "", value] = place.header ?? [];
        if (place.query !== undefined) expect(got?.target).toBe(`/v1/responses?a=1&${place.query}&b=2`);
        else expect(got?.header(name)).toBe(NOT_FORWARDED.test(name) ? undefined : value);
      }
      const found = findOnDisk(
        stage.modeltap.dataDir,
        PLACES.map(({ secret }) => toNeedle(secret)),
      );
      expect(
        PLACES.filter(({ secret }) => found.some((line) => line.includes(toNeedle(secret)))).map(({ what }) => what),
      ).toEqual([]);
      // The search sees what is there: the plain field next to the secret.
      expect(findOnDisk(stage.modeltap.dataDir, ['"model":"m"']).length).toBeGreaterThan(0);
    });
    await stage.takeRows(PLACES.length);
  });

  test("are in no page, no log and no file afterwards; that there was one is shown", async () => {
    await expectNowhere(PLACES.map(({ secret }) => secret));
    const everything = await readEverything();
    for (const mark of ["Bearer sk-proj-…", "AIza…", "sk-ant-api03-…", "session=…"]) expect(everything).toContain(mark);
  });

  test("of an answer reach the client as they are, and no record", async () => {
    const answers: readonly [string, string, string][] = [
      ["set-cookie", `sid=${newSecret()}; Path=/; HttpOnly`, "sid="],
      ["set-cookie", `b=${newSecret()}`, "b="],
      ["x-api-key", newSecret(), ""],
      ["x-session-token", newSecret(), ""],
      ["x-echo", `Bearer ${newSecret()}`, "Bearer "],
      ["location", `/next?access_token=${newSecret()}&page=2`, "access_token="],
    ];
    stage.upstream.on(/^POST/, json({ ok: 1 }, { headers: answers.map(([name, value]) => [name, value] as const) }));
    const answer = await rawRequest(stage.url, { method: "POST", target: "/openai/v1/responses", body: "{}" });
    for (const [name, value] of answers)
      expect(answer.headers.filter(([key]) => key.toLowerCase() === name).map(([, got]) => got)).toContain(value);
    await stage.takeRow();
    await expectNowhere(answers.map(([, value, before]) => value.slice(value.indexOf(before) + before.length)));
  });

  test("of requests that fail or are refused are in no error, log or record either", async () => {
    for (const target of ["/groq/v1/responses", "/unknown/v1/responses", "/api/nothing"]) {
      for (const place of PLACES) {
        const answer = await rawRequest(stage.url, requestOf(target, place));
        expect(answer.status).toBeGreaterThanOrEqual(400);
        expect(answer.text).not.toContain(toNeedle(place.secret));
      }
    }
    await stage.takeRows(PLACES.length);
    await expectNowhere(PLACES.map(({ secret }) => secret));
  });

  test("of the configuration are in no page and no log", async () => {
    await expectNowhere([PROXY_PASSWORD]);
  });

  test("given to our own pages are neither logged nor kept", async () => {
    const [token, cookie] = [newSecret(), newSecret()];
    const headers = { authorization: `Bearer ${token}`, cookie: `s=${cookie}`, "x-admin-token": token };
    for (const path of ["/stats/summary", `/stats/nothing?token=${token}`, `/health/${token}`]) {
      await (await fetch(`${stage.url}${path}`, { headers })).text();
    }
    await eventually(() => true, "a turn");
    await expectNowhere([token, cookie]);
  });

  test("are still nowhere once the program has stopped", async () => {
    await stage.modeltap.stop();
    expect(
      findOnDisk(
        stage.modeltap.dataDir,
        PLACES.map(({ secret }) => toNeedle(secret)),
      ),
    ).toEqual([]);
    expect(PLACES.filter(({ secret }) => stage.modeltap.logs().includes(toNeedle(secret)))).toEqual([]);
  });
});
