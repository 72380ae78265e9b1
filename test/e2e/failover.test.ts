/** @module Failover by the whole program: a client never gets two answers, wherever and whenever the first upstream fails. */

import { afterAll, beforeAll, describe, expect, test } from "bun:test";

import { eventually } from "../support/gate.ts";
import { findResponse, openRaw, rawRequest } from "../support/raw-request.ts";
import * as step from "../support/step.ts";
import { createUpstream } from "../support/upstream.ts";
import { Stage, startOn } from "./stage.ts";

let stage: Stage;

beforeAll(async () => {
  const upstream = await createUpstream();
  const { url } = upstream;
  const modeltap = await startOn(url, {
    config: { breaker: { open_after_failures: 0 } },
    providers: {
      openai: { base_url: `${url}/first`, fallbacks: ["openai-eu"] },
      "openai-eu": { base_url: `${url}/second`, provider: "openai" },
      mistral: { base_url: `${url}/slow`, fallbacks: ["mistral-eu"], timeouts: { first_byte: "100ms" } },
      "mistral-eu": { base_url: `${url}/steady`, provider: "mistral" },
    },
  });
  stage = new Stage(upstream, modeltap);
});

afterAll(async () => {
  await stage[Symbol.asyncDispose]();
});

const FIRST = '{"n":"of the first"}';
const SECOND = '{"n":"of the second"}';
const CALL = { method: "POST", target: "/openai/v1/responses", body: "{}" };

describe("the first upstream is cut at every byte", () => {
  const toHead = (status: string) =>
    `HTTP/1.1 ${status}\r\ncontent-type: application/json\r\ncontent-length: ${FIRST.length}\r\n\r\n`;

  /** Status and body of the first answer, out of its framing. */
  function toAnswer(text: string): string | undefined {
    const answer = findResponse(new TextEncoder().encode(text), "open");
    return answer?.complete === true ? `${answer.status} ${answer.text}` : undefined;
  }

  /** What a client sees that calls while the first upstream sends so many bytes of its answer and closes. */
  async function callWithCut(cutAt: number): Promise<string> {
    await using client = await openRaw(stage.url);
    await client.send(client.requestText({ ...CALL, headers: [["X-Cut-At", String(cutAt)]] }));
    // The proxy may have to stream an answer that comes slowly: then its body ends with the last chunk.
    await eventually(
      () => (client.ended !== "open" || /of the second"\}(?:\r\n0\r\n\r\n)?$/.test(client.text) ? true : undefined),
      `an end of the answer that is cut at ${cutAt}`,
      30_000,
    );
    // Whatever came behind it would be here by then.
    await Bun.sleep(20);
    return client.text;
  }

  test.each([
    ["of a 503", toHead("503 Busy"), true],
    ["of a good answer, which is the client's from the end of its head on", toHead("200 OK"), false],
  ])(
    "%s",
    async (_what, head, isReplaced) => {
      const whole = head + FIRST;
      stage.upstream.on("POST /first/v1/responses", ({ request }) => {
        // A reset could overtake what was sent before it.
        return [step.raw(whole.slice(0, Number(request.header("x-cut-at")))), step.cut()];
      });
      stage.upstream.on("POST /second/v1/responses", step.answer({ body: SECOND, contentType: "application/json" }));
      const cuts = Array.from({ length: whole.length }, (_, at) => at);
      const seen = await Promise.all(cuts.map(callWithCut));
      for (const [cutAt, text] of seen.entries()) {
        const heads = text.split("HTTP/1.1 ").length - 1;
        const isSecond = isReplaced || cutAt < head.length;
        const isExactly = isSecond
          ? heads === 1 && toAnswer(text) === `200 ${SECOND}`
          : heads <= 1 && !text.includes("second") && !text.includes(FIRST);
        expect({ cutAt, text, isExactly }).toEqual({ cutAt, text, isExactly: true });
      }
      // One row each, and it says what the client got.
      const rows = await stage.takeRows(cuts.length, 30_000);
      expect(rows.filter(({ state }) => state === "completed")).toHaveLength(isReplaced ? cuts.length : head.length);
      expect(
        rows.filter(({ upstream }) => upstream === "openai-eu").every(({ status_code: code }) => code === 200),
      ).toBe(true);
    },
    90_000,
  );
});

test("a late answer of the first upstream reaches nobody, be it while the next one answers", async () => {
  stage.upstream.on("POST /slow/v1/chat/completions", [step.delay(600), ...step.json({ late: true })]);
  stage.upstream.on("POST /steady/v1/chat/completions", [
    step.head(200, [["transfer-encoding", "chunked"]]),
    step.body("one "),
    step.delay(800),
    step.body("answer"),
  ]);
  const answer = await rawRequest(stage.url, { ...CALL, target: "/mistral/v1/chat/completions" });
  expect([answer.status, answer.text, answer.complete]).toEqual([200, "one answer", true]);
  const row = await stage.takeRow();
  expect(row).toMatchObject({ state: "completed", status_code: 200, upstream: "mistral-eu" });
  expect((await stage.detail(row)).attempts).toMatchObject([
    { upstream: "mistral", error_code: "upstream_first_byte_timeout" },
    { upstream: "mistral-eu", status_code: 200 },
  ]);
});
