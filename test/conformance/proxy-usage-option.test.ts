import { afterEach, describe, expect, test } from "bun:test";
import { createProxyCase } from "../support/proxy.ts";
import { rawRequest } from "../support/raw-request.ts";
import * as step from "../support/step.ts";

const { start, close } = createProxyCase();
afterEach(close);

const STREAM_CALL = { method: "POST", target: "/openai/v1/chat/completions", body: '{"model":"m","stream":true}' };
const USAGE = '{"choices":[],"usage":{"prompt_tokens":3,"completion_tokens":1}}';
const CHUNK = '{"choices":[{"delta":{"content":"hi"}}],"usage":null}';

describe("the usage option", () => {
  const withUsage = step.sse([CHUNK, USAGE, "[DONE]"]);

  test("is asked for, and the extra chunk is taken out of what the client sees but not out of the record", async () => {
    const { upstream, proxy } = await start();
    upstream.on(/./, withUsage);
    const response = await rawRequest(proxy.url, STREAM_CALL);
    expect((await upstream.nextWhole()).text).toBe(
      '{"stream_options":{"include_usage":true},"model":"m","stream":true}',
    );
    expect(response.text).toBe(`data: ${CHUNK}\n\ndata: [DONE]\n\n`);
    const exchange = await proxy.ended();
    expect(proxy.body(exchange, "response").toString()).toContain(USAGE);
    expect(proxy.body(exchange, "request").toString()).toBe(STREAM_CALL.body);
    expect(exchange.end.edits.map((edit) => edit.kind)).toEqual(
      expect.arrayContaining(["include_usage_added", "usage_chunk_removed"]),
    );
  });

  test.each([true, false])("an explicit %p of the client stays, and nothing is taken out", async (explicit) => {
    const { upstream, proxy } = await start();
    upstream.on(/./, withUsage);
    const body = `{"stream":true,"stream_options":{"include_usage":${explicit}}}`;
    const response = await rawRequest(proxy.url, { ...STREAM_CALL, body });
    expect((await upstream.nextWhole()).text).toBe(body);
    expect(response.text).toContain(USAGE);
  });

  test("an upstream that refuses it is asked once more without it, and not again", async () => {
    const { upstream, proxy } = await start();
    upstream.on(/./, ({ request }) =>
      request.text.includes("stream_options")
        ? step.json({ error: "unknown field stream_options" }, { status: 400 })
        : step.sse([CHUNK]),
    );
    expect((await rawRequest(proxy.url, STREAM_CALL)).text).toBe(`data: ${CHUNK}\n\n`);
    expect(upstream.requests.length).toBe(2);
    expect((await proxy.ended()).end.attempts.map((attempt) => attempt.statusCode)).toEqual([400, 200]);
    await rawRequest(proxy.url, STREAM_CALL);
    expect(upstream.requests.length).toBe(3);
    expect(upstream.requests[2]?.text).toBe(STREAM_CALL.body);
  });

  test("another 400 passes as it is, without a second try", async () => {
    const { upstream, proxy } = await start();
    upstream.on(/./, step.json({ error: "bad model" }, { status: 400 }));
    const response = await rawRequest(proxy.url, STREAM_CALL);
    expect([response.status, response.text, upstream.requests.length]).toEqual([400, '{"error":"bad model"}', 1]);
  });

  test("is never asked for where the provider says so", async () => {
    const { upstream, proxy } = await start({ upstream: { includeUsage: "never" } });
    upstream.on(/./, withUsage);
    await rawRequest(proxy.url, STREAM_CALL);
    expect((await upstream.nextWhole()).text).toBe(STREAM_CALL.body);
  });
});
