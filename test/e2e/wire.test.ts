import { afterAll, beforeAll, expect, test } from "bun:test";

import { openRaw, rawRequest } from "../support/raw-request.ts";
import * as step from "../support/step.ts";
import { chatAnswer } from "./answers.ts";
import { createStage, type Stage } from "./stage.ts";

let stage: Stage;
beforeAll(async () => {
  stage = await createStage();
});
afterAll(() => stage[Symbol.asyncDispose]());

test("an upstream that answers before the upload is over is heard at once", async () => {
  const error = { error: { message: "too big" } };
  stage.upstream.on("POST /v1/files", step.json(error, { status: 413, headers: [["connection", "close"]] }), {
    at: "head",
  });
  await using client = await openRaw(stage.url);
  const type = "Content-Type: application/octet-stream";
  await client.send(`POST /openai/v1/files HTTP/1.1\r\nHost: localhost\r\n${type}\r\nContent-Length: 5000000\r\n\r\n`);
  await client.send(new Uint8Array(1_000_000));
  const answer = await client.response();
  expect([answer.status, JSON.parse(answer.text)]).toEqual([413, error]);
  expect(await stage.takeRow()).toMatchObject({ status_code: 413, state: "completed", ended_by: "upstream" });
});

test("answers without a body keep their status and fields", async () => {
  stage.upstream.on(
    "HEAD /v1/x",
    step.answer({
      headers: [
        ["content-length", "1234"],
        ["etag", "a"],
      ],
    }),
  );
  stage.upstream.on("GET /v1/x", step.answer({ status: 304, headers: [["etag", "b"]] }));
  stage.upstream.on("DELETE /v1/x", step.answer({ status: 204 }));
  const head = await rawRequest(stage.url, { method: "HEAD", target: "/openai/v1/x" });
  expect([head.status, head.header("content-length"), head.header("etag")]).toEqual([200, "1234", "a"]);
  const unchanged = await rawRequest(stage.url, { target: "/openai/v1/x" });
  expect([unchanged.status, unchanged.header("etag"), unchanged.complete]).toEqual([304, "b", true]);
  expect((await rawRequest(stage.url, { method: "DELETE", target: "/openai/v1/x" })).status).toBe(204);
  expect((await stage.takeRows(3)).map((row) => [row.method, row.status_code, row.state])).toEqual([
    ["HEAD", 200, "completed"],
    ["GET", 304, "completed"],
    ["DELETE", 204, "completed"],
  ]);
});

test.each(["301", "302", "303", "307", "308"])("a redirect %s is the client's to follow", async (status) => {
  const code = Number(status) as 301 | 302 | 303 | 307 | 308;
  stage.upstream.on("POST /v1/moved", step.redirect("https://elsewhere.example/v2?a=%2F", code));
  const before = stage.upstream.requests.length;
  const answer = await rawRequest(stage.url, { method: "POST", target: "/openai/v1/moved", body: "{}" });
  expect([answer.status, answer.header("location")]).toEqual([code, "https://elsewhere.example/v2?a=%2F"]);
  expect(stage.upstream.requests.length).toBe(before + 1);
  expect(await stage.takeRow()).toMatchObject({ status_code: code, state: "completed" });
});

test("an answer shorter than it promised breaks the client's connection, too", async () => {
  stage.upstream.on("GET /v1/short", [
    step.head(200, [["content-length", "10"]]),
    step.body("abc"),
    step.delay(50),
    step.cut(),
  ]);
  await using client = await openRaw(stage.url);
  await client.send("GET /openai/v1/short HTTP/1.1\r\nHost: localhost\r\n\r\n");
  expect(await client.waitForEnd()).not.toBe("open");
  expect((await client.response()).complete).toBe(false);
  expect(await stage.takeRow()).toMatchObject({
    status_code: 200,
    state: "failed",
    error_code: "upstream_disconnected",
  });
});

test("a kept-alive connection serves one call after the other, errors among them", async () => {
  stage.upstream.on("POST /v1/chat/completions", ({ count }) =>
    count === 1
      ? step.json({ error: { message: "no" } }, { status: 400 })
      : chatAnswer({ content: "x" }, { input: count, output: 1 }),
  );
  await using client = await openRaw(stage.url);
  let received = 0;
  for (const status of [200, 400, 200, 404]) {
    const target = status === 404 ? "/nobody/v1/x" : "/openai/v1/chat/completions";
    await client.send(
      client.requestText({ target, headers: [["Content-Type", "application/json"]], body: '{"model":"m"}' }),
    );
    received += 1;
    await client.waitFor(`HTTP/1.1 ${status}`);
    await Bun.sleep(20);
    expect(client.text.match(/HTTP\/1\.1 \d/g)).toHaveLength(received);
  }
  expect((await stage.takeRows(3)).map((row) => row.status_code)).toEqual([200, 400, 200]);
});

test.each([
  ["/openai/v1/%2e%2e/%2e%2e/secret", 404],
  ["/openai/../../v1beta/../secret/x", 404],
])("dot segments (%s) never leave the provider's own base path", async (target, status) => {
  const before = stage.upstream.requests.length;
  expect((await rawRequest(stage.url, { target })).status).toBe(status);
  expect(stage.upstream.requests.length).toBe(before);
});

test("a client that half-closes counts as gone: docs/fidelity.md says so", async () => {
  stage.upstream.on("POST /v1/chat/completions", [step.never()]);
  await using client = await openRaw(stage.url);
  await client.send(client.requestText({ target: "/openai/v1/chat/completions", body: '{"model":"m"}' }));
  await stage.upstream.requests.at(-1)?.bodyDone;
  client.halfClose();
  expect(await stage.takeRow()).toMatchObject({ state: "aborted", ended_by: "client", error_code: "request_aborted" });
});
