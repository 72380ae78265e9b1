import { afterAll, beforeAll, describe, expect, test } from "bun:test";

import { within } from "../support/gate.ts";
import type { Modeltap } from "../support/modeltap.ts";
import { createPlaybook, type Playbook } from "../support/playbook.ts";
import { rawRequest } from "../support/raw-request.ts";
import { body, head } from "../support/step.ts";
import { createRowCheck, expectOwnError } from "./own-error.ts";
import { startOn } from "./stage.ts";

const opened: AsyncDisposable[] = [];
let play: Playbook;
let modeltap: Modeltap;

beforeAll(async () => {
  play = await createPlaybook(async (upstream) => {
    modeltap = await startOn(upstream.url, {
      config: { timeouts: { idle: "600ms", drain: 0 }, max_held_body: "200kB", body_memory: "300kB" },
      providers: {
        azure: { base_url: "" },
        moonshot: { auth: { mode: "bearer", env: "NO_SUCH_VARIABLE" } },
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

describe("requests that cannot be forwarded are recorded as failed", () => {
  test("upstream_not_configured: a provider whose host name needs an account", async () => {
    await play.clientSends({ ...CHAT, target: "/azure/openai/v1/chat/completions" });
    const answer = await play.client.response();
    expectOwnError("upstream_not_configured", answer);
    expect(answer.text).toContain("[providers.azure] base_url");
    await expectRow("upstream_not_configured", { provider: "azure" });
  });

  test("credential_missing: the upstream has a credential of its own that is not there, and nothing is sent", async () => {
    const before = play.upstream.requests.length;
    await play.clientSends({ ...CHAT, target: "/moonshot/v1/chat/completions" });
    const answer = await play.client.response();
    expectOwnError("credential_missing", answer);
    expect(answer.text).toContain("NO_SUCH_VARIABLE");
    expect(play.upstream.requests.length).toBe(before);
    await expectRow("credential_missing", { provider: "moonshot" });
  });

  test("websocket_unsupported: and how to go on", async () => {
    await play.clientSends({
      target: "/openai/v1/responses",
      headers: [
        ["Connection", "Upgrade"],
        ["Upgrade", "websocket"],
        ["Sec-WebSocket-Version", "13"],
        ["Sec-WebSocket-Key", "dGhlIHNhbXBsZSBub25jZQ=="],
      ],
    });
    expectOwnError("websocket_unsupported", await play.client.response());
    await expectRow("websocket_unsupported", { endpoint: "/v1/responses" });
  });

  test("request_body_unsupported: a GET with a body", async () => {
    await play.clientSends({ method: "GET", target: "/openai/v1/models", body: '{"a":1}' });
    expectOwnError("request_body_unsupported", await play.client.response());
    await expectRow("request_body_unsupported", { method: "GET" });
  });

  test("request_too_large: a body that must be held, counted as it comes in chunks", async () => {
    const size = 200_001;
    await play.clientSends({
      target: CHAT.target,
      headers: [
        ["Content-Type", "application/json"],
        ["Transfer-Encoding", "chunked"],
      ],
      body: `${size.toString(16)}\r\n${" ".repeat(size)}\r\n0\r\n\r\n`,
    });
    expectOwnError("request_too_large", await play.client.response());
    await expectRow("request_too_large");
  });

  test("request_timeout: the body stops coming in its middle", async () => {
    await play.clientSends({
      target: "/openai/v1/files",
      headers: [["Transfer-Encoding", "chunked"]],
      body: "5\r\nhello\r\n",
    });
    const begun = await play.upstream.next();
    const answer = await play.client.response();
    expectOwnError("request_timeout", answer);
    expect(answer.header("connection")).toBe("close");
    await within(begun.disconnected, "the upload to be cancelled");
    await expectRow("request_timeout", { provider: "openai" });
  });

  test("overloaded: the second large body finds no memory; the first goes on", async () => {
    const large = { ...CHAT, json: { model: "m", messages: [{ role: "user", content: "x".repeat(190_000) }] } };
    await play.clientSends(large);
    await play.upstreamReceives({ method: "POST" });
    const second = await rawRequest(modeltap.url, {
      target: large.target,
      headers: [["Content-Type", "application/json"]],
      body: JSON.stringify(large.json),
    });
    expectOwnError("overloaded", second);
    await expectRow("overloaded");
    await play.upstreamSends(head(200, [["content-length", "2"]]), body("{}"));
    await play.upstreamEnds();
    await play.clientReceives({ status: 200, body: "{}" });
    // The memory is given back: the next large body passes.
    await play.clientSends(large);
    await play.upstreamReceives({ method: "POST" });
    await play.upstreamSends(head(204));
    await play.upstreamEnds();
    await play.clientReceives({ status: 204 });
  });
});
