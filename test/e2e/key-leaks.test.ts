/** @module A managed key in every place that clients put it, with every SDK: it opens the door and is found nowhere behind it. */

import { createAnthropic } from "@ai-sdk/anthropic";
import { createOpenAI } from "@ai-sdk/openai";
import Anthropic from "@anthropic-ai/sdk";
import { GoogleGenAI } from "@google/genai";
import { generateText } from "ai";
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { Ollama } from "ollama";
import OpenAI from "openai";

import { createKey } from "../../src/api/new-key.ts";
import { rawRequest, type RawRequestOptions } from "../support/raw-request.ts";
import { json } from "../support/step.ts";
import { chatAnswer, geminiChunk, messageAnswer, ollamaLines, ollamaStream } from "./answers.ts";
import { findOnDisk } from "./disk.ts";
import { createStage, type Stage } from "./stage.ts";

const CREDENTIAL = "sk-upstream-0123456789abcdefghijklmn";
const auth = (mode: string) => ({ auth: { mode, env: "UPSTREAM_CREDENTIAL" } });

let stage: Stage;
/** Valid, revoked, with a list of other models, used up in a minute, and of another installation. */
const keys = { valid: "", revoked: "", narrow: "", small: "", foreign: createKey("x", {}).secret };

beforeAll(async () => {
  stage = await createStage({
    config: { key_headers: true, log_level: "debug" },
    providers: {
      openai: auth("bearer"),
      anthropic: auth("x-api-key"),
      gemini: auth("header:x-goog-api-key"),
      ollama: { auth: { mode: "none" } },
    },
    env: { UPSTREAM_CREDENTIAL: CREDENTIAL },
  });
  stage.upstream.on(/chat\/completions/, chatAnswer({ content: "hi" }, { input: 3, output: 2 }));
  stage.upstream.on(/v1\/messages/, messageAnswer([{ type: "text", text: "hi" }], { input: 3, output: 2 }));
  stage.upstream.on(/generateContent/, json(geminiChunk([{ text: "hi" }], { input: 3, output: 2 })));
  stage.upstream.on("POST /api/chat", ({ count }) => {
    const [line] = ollamaLines([], { input: 3, output: 2 });
    return count === 0
      ? json({ ...line, message: { role: "assistant", content: "hi" } })
      : ollamaStream(["hi"], { input: 3, output: 2 });
  });
  stage.upstream.on(/\/models$/, json({ data: [] }));
  keys.valid = await makeKey({});
  keys.revoked = await makeKey({}, true);
  keys.narrow = await makeKey({ allowed_models: ["none-of-these"] });
  keys.small = await makeKey({ requests_per_minute: 1 });
});
afterAll(async () => stage[Symbol.asyncDispose]());

async function makeKey(rules: Readonly<Record<string, unknown>>, isRevoked = false): Promise<string> {
  const headers = { "content-type": "application/json" };
  const body = JSON.stringify({ name: "leak", ...rules });
  const answer = await fetch(`${stage.url}/admin/api-keys`, { method: "POST", headers, body });
  const { key, id } = (await answer.json()) as { key: string; id: string };
  if (isRevoked) await fetch(`${stage.url}/admin/api-keys/${id}`, { method: "DELETE", headers });
  return key;
}

describe("with a managed key", () => {
  test("the OpenAI SDK", async () => {
    const client = new OpenAI({ apiKey: keys.valid, baseURL: `${stage.url}/openai/v1`, maxRetries: 0 });
    const answer = await client.chat.completions.create({
      model: "gpt-5-mini",
      messages: [{ role: "user", content: "x" }],
    });
    expect(answer.choices[0]?.message.content).toBe("hi");
  });

  test("the Anthropic SDK", async () => {
    const client = new Anthropic({ apiKey: keys.valid, baseURL: `${stage.url}/anthropic`, maxRetries: 0 });
    const messages = [{ role: "user" as const, content: "x" }];
    const answer = await client.messages.create({ model: "claude-opus-4-8", max_tokens: 5, messages });
    expect(answer.content).toMatchObject([{ text: "hi" }]);
  });

  test("the Google GenAI SDK", async () => {
    const client = new GoogleGenAI({
      apiKey: keys.valid,
      httpOptions: { baseUrl: `${stage.url}/gemini`, timeout: 10_000 },
    });
    expect((await client.models.generateContent({ model: "gemini-3-pro", contents: "x" })).text).toBe("hi");
  });

  test("the Ollama client, plain and streamed", async () => {
    const headers = { authorization: `Bearer ${keys.valid}` };
    const client = new Ollama({ host: `${stage.url}/ollama`, headers });
    const ask = { model: "qwen3:8b", messages: [{ role: "user", content: "x" }] };
    expect((await client.chat(ask)).message.content).toBe("hi");
    const lines = await Array.fromAsync(await client.chat({ ...ask, stream: true }));
    expect(lines.map((line) => line.message.content).join("")).toBe("hi");
  });

  test("the AI SDK, for both of its providers", async () => {
    const openai = createOpenAI({ apiKey: keys.valid, baseURL: `${stage.url}/openai/v1` });
    const anthropic = createAnthropic({ apiKey: keys.valid, baseURL: `${stage.url}/anthropic/v1` });
    const asking = { prompt: "x", maxRetries: 0 };
    expect((await generateText({ ...asking, model: openai.chat("gpt-5-mini") })).text).toBe("hi");
    expect((await generateText({ ...asking, model: anthropic("claude-opus-4-8") })).text).toBe("hi");
  });

  test("each was let in by it, and no upstream saw it", async () => {
    const rows = await stage.takeRows(7);
    expect(new Set(rows.map((row) => row.key_id)).size).toBe(1);
    expect(rows[0]?.key_id).toMatch(/^key_/);
    expect(JSON.stringify(stage.upstream.requests.map(({ target, headers }) => [target, headers]))).not.toContain(
      keys.valid,
    );
  });
});

type Place = readonly [what: string, request: (key: string) => Pick<RawRequestOptions, "headers" | "target">];
const PATH = "/openai/v1/chat/completions";
const field = (name: string, before = "", after = ""): Place => [
  `${name}: ${before}…${after}`,
  (key) => ({ target: PATH, headers: [[name, `${before}${key}${after}`]] }),
];
const PLACES: readonly Place[] = [
  field("Authorization", "Bearer "),
  field("authorization", "bearer   "),
  field("Authorization"),
  field("x-api-key"),
  field("X-Goog-Api-Key"),
  field("api-key"),
  field("x-proxy-key"),
  ["?key=…", (key) => ({ target: `${PATH}?a=1&key=${key}&b=2` })],
  ["?key=… twice", (key) => ({ target: `${PATH}?key=${key}&key=${key}` })],
  ["?%6bey=…", (key) => ({ target: `${PATH}?%6bey=${key}` })],
  ["?note=…", (key) => ({ target: `${PATH}?note=${key}` })],
  [
    "in two fields, a note, a name and the query at once",
    (key) => ({
      target: `${PATH}?note=${key}&key=${key}`,
      headers: [
        ["Authorization", `Bearer ${key}`],
        ["x-api-key", key],
        ["X-Note", `my key is ${key}!`],
        ["User-Agent", `tool/1 (${key})`],
        ["X-Agent-Name", key],
        ["X-Modeltap-Client", key],
        ["X-Modeltap-Tag-Key", key],
        ["Cookie", `a=1; k=${key}`],
        ["Referer", `http://x/?k=${key}`],
      ],
    }),
  ],
];

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

/** Key and credential may show their ends as a hint: what is looked for is the middle. */
const needles = () => [...Object.values(keys).map((key) => key.slice(8, -4)), CREDENTIAL.slice(12, -4)];

describe("a managed key", () => {
  test("of any kind, in any place, reaches no upstream, no answer and no journal", async () => {
    const before = stage.upstream.requests.length;
    await withRecorderHeld(async () => {
      for (const [what, toRequest] of PLACES) {
        for (const [kind, key] of Object.entries(keys)) {
          const body = JSON.stringify({ model: "gpt-5-mini", messages: [] });
          const { headers = [], ...rest } = toRequest(key);
          const answer = await rawRequest(stage.url, {
            method: "POST",
            ...rest,
            headers: [["Content-Type", "application/json"], ...headers],
            body,
          });
          const statuses: Readonly<Record<string, readonly number[]>> = {
            valid: [200],
            narrow: [403],
            small: [200, 429],
          };
          const expected = what === "?note=…" ? [401] : (statuses[kind] ?? [401]);
          expect({ what, kind, status: answer.status, isExpected: expected.includes(answer.status) }).toMatchObject({
            isExpected: true,
          });
          for (const needle of needles()) expect(answer.text + JSON.stringify(answer.headers)).not.toContain(needle);
        }
      }
      const sent = stage.upstream.requests.slice(before);
      expect(sent.length).toBeGreaterThanOrEqual(PLACES.length);
      const leaked = sent.filter(({ target, headers }) => {
        const text = decodeURIComponent(JSON.stringify([target, headers]));
        return Object.values(keys).some((key) => text.includes(key.slice(8, -4)));
      });
      expect(leaked.map(({ target, headers }) => [target, headers])).toEqual([]);
      expect(sent.every((request) => request.header("authorization") === `Bearer ${CREDENTIAL}`)).toBe(true);
      expect(findOnDisk(stage.modeltap.dataDir, needles())).toEqual([]);
      // The search sees what is there.
      expect(findOnDisk(stage.modeltap.dataDir, ['"model":"gpt-5-mini"']).length).toBeGreaterThan(0);
    });
  });

  test("is in no row, page, metric or log, and in no file after the end", async () => {
    const rows = await stage.modeltap.waitForRows(20);
    const texts = await Promise.all(rows.map(async (row) => JSON.stringify(await stage.detail(row))));
    const paths = [
      "/stats/requests?all=true&limit=200",
      "/stats/summary",
      "/admin/api-keys",
      "/admin/logs?limit=200",
      "/admin/config",
      "/admin/providers",
      "/admin/api/requests?limit=200",
      "/admin/api/status",
      "/admin/api/routes",
      "/admin/api/upstreams",
      "/api/openapi.json",
      "/health",
      "/ready",
      "/metrics",
      "/dashboard",
      "/admin/settings/keys",
      "/admin/requests",
    ];
    for (const path of paths) {
      const answer = await fetch(`${stage.url}${path}`);
      // Prices or the upstream may not be ready here.
      expect([path, answer.status]).toEqual([path, path === "/ready" ? expect.any(Number) : 200]);
      texts.push(await answer.text());
    }
    texts.push(stage.modeltap.logs());
    const everything = texts.join("\n");
    expect(needles().filter((needle) => everything.includes(needle))).toEqual([]);
    // Keys are told apart by their ends, and that one was taken out is told.
    expect(everything).toContain(keys.valid.slice(-4));
    expect(everything).toContain("key_removed");
    expect(findOnDisk(stage.modeltap.home, needles())).toEqual([]);
    await stage.modeltap.stop();
    expect(findOnDisk(stage.modeltap.home, needles())).toEqual([]);
  });
});
