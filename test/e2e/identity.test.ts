/** @module What real clients send, through the whole program: tool, client and session on the rows, our own fields not upstream. */

import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { readFileSync, statSync } from "node:fs";
import { join } from "node:path";

import { readRecordedRequests } from "../session/client-request.ts";
import { rawRequest } from "../support/raw-request.ts";
import { answer } from "../support/step.ts";
import { createStage, startOn, type Stage } from "./stage.ts";

let stage: Stage;
beforeAll(async () => {
  stage = await createStage();
  stage.upstream.on(/./, ({ request }) => {
    const messages = request.method === "POST" ? JSON.parse(request.text).messages : undefined;
    const said = Array.isArray(messages) ? `answer to ${messages.at(-1)?.content}` : "ok";
    const choices = [{ index: 0, message: { role: "assistant", content: said }, finish_reason: "stop" }];
    return answer({
      body: JSON.stringify({ id: "x", model: "gpt-5", choices }),
      contentType: "application/json",
      headers: [["x-ratelimit-remaining-requests", "41"]],
    });
  });
});
afterAll(() => stage[Symbol.asyncDispose]());

const KEY = "sk-test-identity-0123456789abcdef";

async function post(
  path: string,
  headers: Readonly<Record<string, string>>,
  body: unknown,
  url = stage.url,
): Promise<void> {
  const sent = { "content-type": "application/json", authorization: `Bearer ${KEY}`, ...headers };
  const response = await fetch(url + path, { method: "POST", headers: sent, body: JSON.stringify(body) });
  await response.bytes();
}

const chat = (said: readonly string[], headers: Readonly<Record<string, string>> = {}, url?: string) =>
  post(
    "/openai/v1/chat/completions",
    headers,
    { model: "gpt-5", messages: said.map((content, at) => ({ role: at % 2 === 0 ? "user" : "assistant", content })) },
    url,
  );

describe("recorded clients", () => {
  const TOOLS: Readonly<Record<string, string>> = {
    "Codex CLI": "codex-cli",
    "Claude Code": "claude-code",
    OpenCode: "opencode",
    "Gemini CLI": "gemini-cli",
    "openai (npm)": "openai-sdk",
    "@anthropic-ai/sdk (npm)": "anthropic-sdk",
    "@google/genai (npm)": "google-genai-sdk",
    "ollama (npm)": "ollama-sdk",
    "ai (Vercel AI SDK, npm)": "vercel-ai-sdk",
  };
  /** The others are told by their words. */
  const SESSION_NAMED = new Set(["Codex CLI", "Claude Code", "OpenCode"]);
  const recorded = readRecordedRequests();
  // Calls to Bedrock need it switched on; `HEAD /` is answered by us and makes no row.
  const forwarded = recorded.filter(({ target }) => !/^\/(?:model\/|inference-profiles|$)/.test(target));

  test("each of them is here", () => {
    const others = recorded.filter((each) => !forwarded.includes(each));
    expect(others.map(({ method, target }) => `${method} ${target.split("?")[0]}`.slice(0, 12))).toEqual([
      "HEAD /",
      "GET /inferen",
      "POST /model/",
      "POST /model/",
    ]);
    expect(new Set(forwarded.map(({ client }) => client))).toEqual(new Set(Object.keys(TOOLS)));
  });

  test.each(forwarded.map((each) => [`${each.client} ${each.method} ${each.target}`, each] as const))(
    "%s",
    async (_name, { client, method, target, headers, body }) => {
      const own = headers.filter(([name]) => !/^(?:authorization|x-api-key|x-goog-api-key|content-type)$/i.test(name));
      const answer = await rawRequest(stage.url, {
        method,
        target,
        headers: [...own, ["content-type", "application/json"], ["authorization", `Bearer ${KEY}`]],
        ...(body === null ? {} : { body: JSON.stringify(body) }),
      });
      // A WebSocket is refused at once, so that Codex falls back to POST in the same second; it has a row all the same.
      expect(answer.status).toBe(method === "GET" ? 426 : 200);
      const row = await stage.takeRow();
      expect(row.tool).toBe(TOOLS[client] ?? "");
      const { identity } = await stage.detail(row);
      expect(identity.tool_evidence).toStartWith("header ");
      expect(identity.credential_hash).toMatch(/^[0-9a-f]{16}$/);
      if (SESSION_NAMED.has(client)) expect(identity).toMatchObject({ session_inferred: false });
      else expect(identity.session_inferred ?? true).toBe(true);
      if (body !== null) expect(row.session_id ?? "").toStartWith("ses_");
    },
  );
});

test("openclaw-jongi: named by X-Agent-Name, found by tool, client and session", async () => {
  await chat(["hi"], { "x-agent-name": "jongi", "x-session-id": "s-77" });
  const row = await stage.takeRow();
  expect(row).toMatchObject({ tool: "openclaw", client: "openclaw-jongi" });
  const list = async (query: string) =>
    ((await stage.modeltap.stats(`/admin/api/requests?${query}`)) as { rows: { exchange_id: string }[] }).rows.map(
      (each) => each.exchange_id,
    );
  for (const query of ["tool=openclaw", "client=openclaw-jongi", "session=s-77", `session=${row.session_id}`])
    expect(await list(query)).toEqual([row.exchange_id]);
  expect(await list("tool=openclaw&session=other")).toEqual([]);
});

test("overrides are kept on the row and taken out before forwarding; X-Agent-Name goes on", async () => {
  const headers = {
    "x-modeltap-tool": "Nightly",
    "x-modeltap-client": "ci-3",
    "x-modeltap-session": "n1",
    "x-modeltap-run": "r9",
    "x-modeltap-tag-team": "search",
    "x-agent-name": "jongi",
  };
  await chat(["hi"], headers);
  const row = await stage.takeRow();
  expect(row).toMatchObject({ tool: "nightly", client: "ci-3" });
  expect((await stage.detail(row)).identity).toMatchObject({
    run: "r9",
    tags: { team: "search" },
    session_evidence: "header x-modeltap-session",
  });
  const sent = stage.upstream.requests.at(-1);
  expect(sent?.headers.map(([name]) => name.toLowerCase()).filter((name) => name.startsWith("x-modeltap"))).toEqual([]);
  expect(sent?.headers.some(([name, value]) => name.toLowerCase() === "x-agent-name" && value === "jongi")).toBe(true);
});

test("the provider's limits and the turn's facts are on the exchange", async () => {
  await chat(["hi"]);
  const { turn } = await stage.detail(await stage.takeRow());
  expect(turn).toEqual({
    tool_calls: [],
    tool_results: [],
    tool_retry: false,
    rate_limits: [{ resource: "requests", remaining: 41 }],
  });
});

test("a conversation that nothing names is one session over a restart; the key that it hangs on is private", async () => {
  await using first = await createStage();
  first.upstream.on(/./, ({ request }) => {
    const { messages } = JSON.parse(request.text);
    const choices = [
      { index: 0, message: { role: "assistant", content: `re: ${messages.at(-1).content}` }, finish_reason: "stop" },
    ];
    return answer({ body: JSON.stringify({ id: "x", model: "gpt-5", choices }), contentType: "application/json" });
  });
  await chat(["hi"], {}, first.url);
  const opening = await first.takeRow();
  const file = join(first.modeltap.dataDir, "identity.key");
  const key = readFileSync(file);
  expect([key.length, statSync(file).mode & 0o777]).toEqual([32, 0o600]);
  await first.modeltap.stop();

  const second = await startOn(first.upstream.url, { home: first.modeltap.home });
  try {
    expect(readFileSync(file)).toEqual(key);
    await chat(["hi", "re: hi", "and?"], {}, second.url);
    await chat(["hi"], {}, second.url);
    const [other, next] = await second.waitForRows(3);
    expect(next?.session_id).toBe(opening.session_id ?? "");
    expect(other?.session_id).not.toBe(opening.session_id ?? "");
  } finally {
    await second.stop();
  }
});

test("CLIENT_NAME_MAPPING names the client of a key, and the key is nowhere", async () => {
  await using named = await createStage({ env: { CLIENT_NAME_MAPPING: `${KEY}=alice,other-key=bob` } });
  named.upstream.on(/./, answer({ body: "{}", contentType: "application/json" }));
  await chat(["hi"], { "user-agent": "curl/8.5.0" }, named.url);
  expect((await named.takeRow()).client).toBe("curl-alice");
  expect(named.modeltap.logs()).not.toContain(KEY);
});
