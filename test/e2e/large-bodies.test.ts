/** @module Bodies of tens of megabytes on a root path: their model decides wherever it stands in them, or they are told. */

import { afterAll, beforeAll, expect, test } from "bun:test";

import { sha256 } from "../support/bytes.ts";
import * as step from "../support/step.ts";
import { createStage, type Stage } from "./stage.ts";

const LIMIT_MIB = 32;
const MIB = 1024 * 1024;
const PATH = "/v1/chat/completions";

/** A prompt of `size` bytes with the model before, within or behind it; quotes and braces in it must not confuse. */
function toBody(place: "first" | "middle" | "last", model: string, size = 30 * MIB): string {
  const trap = '{\\"model\\":\\"trap\\"}]}\\\\';
  const text = (bytes: number): string => trap + "x".repeat(bytes - trap.length);
  const message = (bytes: number): string => `"messages":[{"role":"user","content":"${text(bytes)}"}]`;
  const name = `"model":"${model}"`;
  switch (place) {
    case "first":
      return `{${name},${message(size)}}`;
    case "middle":
      return `{${message(size / 2)},${name},"metadata":{"model":"trap","more":"${text(size / 2)}"}}`;
    case "last":
      return `{${message(size)},${name}}`;
  }
}

let stage: Stage;
beforeAll(async () => {
  stage = await createStage({
    config: {
      max_held_body: `${LIMIT_MIB}MiB`,
      routes: [
        { model: "plain*", upstream: "groq" },
        { model: "renamed", upstream: "xai", upstream_model: "other" },
      ],
    },
    providers: { groq: { max_held_body: `${LIMIT_MIB}MiB` } },
  });
  stage.upstream.on(/./, step.json({ id: "x", choices: [] }));
}, 30_000);
afterAll(() => stage[Symbol.asyncDispose]());

async function send(body: string, isChunked: boolean, path = PATH, origin = stage.url) {
  const bytes = Buffer.from(body);
  const pieces = async function* () {
    for (let at = 0; at < bytes.length; at += MIB) {
      yield bytes.subarray(at, at + MIB);
      await Bun.sleep(0);
    }
  };
  const answer = await fetch(origin + path, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: isChunked
      ? new ReadableStream({
          async start(controller) {
            for await (const piece of pieces()) controller.enqueue(piece);
            controller.close();
          },
        })
      : bytes,
  });
  return { status: answer.status, text: await answer.text() };
}

test.each([
  ["first", "declared"],
  ["middle", "declared"],
  ["last", "declared"],
  ["last", "chunked"],
] as const)(
  "the model stands %s, the length is %s: it routes, and the bytes stay",
  async (place, length) => {
    const body = toBody(place, "plain-1");
    expect(await send(body, length === "chunked")).toMatchObject({ status: 200 });
    expect(await stage.takeRow()).toMatchObject({ provider: "groq", model: "plain-1", state: "completed" });
    expect(stage.upstream.requests.at(-1)?.sha256).toBe(sha256(Buffer.from(body)));
  },
  60_000,
);

test.each([
  ["last", "declared"],
  ["middle", "chunked"],
] as const)(
  "the model stands %s, the length is %s: it alone is rewritten",
  async (place, length) => {
    expect(await send(toBody(place, "renamed"), length === "chunked")).toMatchObject({ status: 200 });
    expect(await stage.takeRow()).toMatchObject({ provider: "xai" });
    expect(stage.upstream.requests.at(-1)?.sha256).toBe(sha256(Buffer.from(toBody(place, "other"))));
  },
  60_000,
);

test.each([false, true])(
  "over the limit (chunked: %p) it is told with 413 and reaches nobody",
  async (isChunked) => {
    const before = stage.upstream.requests.length;
    const answer = await send(toBody("first", "plain-1", 40 * MIB), isChunked);
    expect(answer).toMatchObject({ status: 413, text: expect.stringContaining("request_too_large") });
    expect(await stage.takeRow()).toMatchObject({ state: "failed", error_code: "request_too_large" });
    expect(stage.upstream.requests.length).toBe(before);
  },
  60_000,
);

test("over the limit it passes unread where its model decides nothing", async () => {
  const body = toBody("first", "plain-1", 40 * MIB);
  expect(await send(body, false, `/groq${PATH}`)).toMatchObject({ status: 200 });
  expect(stage.upstream.requests.at(-1)?.sha256).toBe(sha256(Buffer.from(body)));
  // Kept as head and tail: its head has the model.
  expect(await stage.takeRow()).toMatchObject({ provider: "groq", model: "plain-1" });

  await using free = await createStage({ config: { max_held_body: `${LIMIT_MIB}MiB` } });
  free.upstream.on(/./, step.json({ id: "x", choices: [] }));
  expect(await send(body, false, PATH, free.url)).toMatchObject({ status: 200 });
  expect(await free.takeRow()).toMatchObject({ provider: "openai", model: "plain-1" });
}, 60_000);
