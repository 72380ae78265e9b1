import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { join } from "node:path";

import type { CaptureMode } from "../../src/domain/exchange.ts";
import { sse } from "../support/step.ts";
import type { StatsRow } from "../support/modeltap.ts";
import { chatAnswer, chatEvents, openaiError } from "./answers.ts";
import { findOnDisk, readStoredBodies } from "./disk.ts";
import { createStage, type Stage } from "./stage.ts";

const CHAT = "POST /v1/chat/completions";
const COUNTS = { input: 31, output: 7, cached: 5 };
const USED = { usage_source: "reported", input_tokens: 31, output_tokens: 7, cache_read_tokens: 5, state: "completed" };

let stage: Stage;
beforeAll(async () => {
  stage = await createStage({
    config: { capture: "metadata" },
    providers: { groq: { capture: "full" }, xai: { capture: "off" } },
  });
});
afterAll(() => stage[Symbol.asyncDispose]());

/** A text that is nowhere else, for the question and the answer of one call. */
const newMarker = (): string => `marker${crypto.randomUUID().replaceAll("-", "")}`;

type Call = { readonly provider: string; readonly stream: boolean; readonly headers?: Record<string, string> };

/** One call whose request and answer both hold the marker; the answer is checked to be whole. */
async function ask(marker: string, { provider, stream, headers = {} }: Call): Promise<void> {
  const plain = chatAnswer({ content: `answer ${marker}` }, COUNTS);
  const deltas = [
    { content: `answer ${marker.slice(0, 9)}` },
    { content: marker.slice(9) },
    { content: `${marker} again` },
  ];
  stage.upstream.on(CHAT, stream ? sse(chatEvents(deltas, COUNTS)) : plain);
  const answer = await fetch(`${stage.url}/${provider}/v1/chat/completions`, {
    method: "POST",
    headers: { "content-type": "application/json", ...headers },
    body: JSON.stringify({
      model: "m",
      stream,
      stream_options: { include_usage: true },
      messages: [{ role: "user", content: marker }],
    }),
  });
  expect(await answer.text()).toContain(marker);
}

/** Runs `work` while the recorder stands still, so that whatever goes to the journal stays there to be seen. */
async function withRecorderHeld(work: () => Promise<void>): Promise<void> {
  const { recorder } = await stage.modeltap.pids();
  process.kill(recorder, "SIGSTOP");
  try {
    await work();
  } finally {
    process.kill(recorder, "SIGCONT");
  }
}

const dataDir = (): string => stage.modeltap.home;
const isInBodies = (marker: string): boolean =>
  readStoredBodies(join(stage.modeltap.dataDir, "modeltap.db")).some((body) => Buffer.from(body).includes(marker));

async function expectCapture(row: StatsRow, mode: CaptureMode): Promise<void> {
  const detail = await stage.detail(row);
  expect(detail.capture).toBe(mode);
  for (const side of ["request", "response"] as const) {
    expect((await stage.recordedBody(row, side)) === undefined).toBe(mode !== "full");
    expect(detail[side].wire_bytes).toBeGreaterThan(100);
  }
  expect(detail.request_headers.length > 0).toBe(mode !== "off");
  expect((detail.response_headers ?? []).length > 0).toBe(mode !== "off");
  expect(detail.response_id).toBe(mode === "off" ? null : "chatcmpl-1");
}

describe.each([false, true])("stream: %p", (stream) => {
  test("full (of one provider): the journal has the bytes at once, the store has them afterwards", async () => {
    const marker = newMarker();
    await withRecorderHeld(async () => {
      await ask(marker, { provider: "groq", stream });
      expect(findOnDisk(dataDir(), [marker]).filter((path) => path.includes("journal")).length).toBeGreaterThan(0);
    });
    const row = await stage.takeRow();
    expect(row).toMatchObject({ ...USED, provider: "groq", streaming: stream ? 1 : 0 });
    await expectCapture(row, "full");
    expect(isInBodies(marker)).toBe(true);
  });

  test.each([
    ["metadata", "openai", {}],
    ["off", "xai", {}],
    ["off", "openai", { "x-modeltap-capture": "off" }],
    ["off", "groq", { "x-modeltap-capture": "Off" }],
    ["metadata", "groq", { "x-modeltap-capture": "metadata" }],
  ] as const)(
    "%s (%s, %j): no byte of a body is ever on the disk, and the usage is right",
    async (mode, provider, headers) => {
      const marker = newMarker();
      await withRecorderHeld(async () => {
        await ask(marker, { provider, stream, headers });
        expect(stage.upstream.requests.at(-1)?.header("x-modeltap-capture")).toBeUndefined();
        expect(stage.upstream.requests.at(-1)?.text).toContain(marker);
        expect(findOnDisk(dataDir(), [marker])).toEqual([]);
      });
      const row = await stage.takeRow();
      expect(row).toMatchObject({ ...USED, provider, model: "gpt-5-mini-2026-08-07", streaming: stream ? 1 : 0 });
      await expectCapture(row, mode);
      expect(findOnDisk(dataDir(), [marker])).toEqual([]);
      expect(isInBodies(marker)).toBe(false);
      expect(stage.modeltap.logs()).not.toContain(marker);
    },
  );
});

test("off keeps no query and no text of an error, metadata keeps both", async () => {
  const marker = newMarker();
  stage.upstream.on(CHAT, openaiError(400, marker));
  for (const provider of ["xai", "openai"]) {
    const answer = await fetch(`${stage.url}/${provider}/v1/chat/completions?q=${marker}`, {
      method: "POST",
      body: "{}",
    });
    expect([answer.status, await answer.text()]).toEqual([400, expect.stringContaining(marker)]);
    const row = await stage.takeRow();
    const { query, error } = await stage.detail(row);
    expect([query, error]).toEqual(provider === "xai" ? [null, "invalid_request_error"] : [`q=${marker}`, marker]);
    if (provider === "xai") expect(findOnDisk(dataDir(), [marker])).toEqual([]);
  }
});

test("fifty calls at once under metadata leave nothing behind, while they run and after the program has stopped", async () => {
  const marker = newMarker();
  const calls = Array.from({ length: 50 }, (_, i) => ask(marker, { provider: "openai", stream: i % 2 === 0 }));
  let sweeps = 0;
  const done = Promise.all(calls).then(() => true);
  while (!(await Promise.race([done, Bun.sleep(1).then(() => false)]))) {
    expect(findOnDisk(dataDir(), [marker])).toEqual([]);
    sweeps += 1;
  }
  expect(sweeps).toBeGreaterThan(0);
  const rows = await stage.takeRows(50);
  expect(rows.filter((row) => row.input_tokens !== 31 || row.output_tokens !== 7)).toEqual([]);
  await stage.modeltap.stop();
  expect(findOnDisk(dataDir(), [marker])).toEqual([]);
});
