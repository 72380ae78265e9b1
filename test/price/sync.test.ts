/** @module Prices from a publisher on this machine: what is believed, what is refused and why. */

import { afterAll, beforeAll, beforeEach, describe, expect, test } from "bun:test";
import type { FetchedPrices } from "../../src/price/price-book.ts";
import { fetchPrices, SyncError } from "../../src/price/sync.ts";
import { toModelsDev } from "../support/price-book.ts";
import { type PricePublisher, startPricePublisher } from "../support/price-publisher.ts";
import { refusedPort } from "../support/unreachable.ts";

const TEN = Object.fromEntries(Array.from({ length: 10 }, (_, index) => [`m${index}`, [1, 2] as const]));

let publisher: PricePublisher;
beforeAll(() => {
  publisher = startPricePublisher("");
});
afterAll(() => publisher.close());
beforeEach(() => {
  publisher.answer = toModelsDev({ openai: TEN });
  publisher.requests.length = 0;
});

function get(known?: FetchedPrices, options: { url?: string; signal?: AbortSignal } = {}): Promise<FetchedPrices> {
  return fetchPrices({
    url: publisher.url,
    known,
    fetch: (url, init) => fetch(url, init),
    signal: new AbortController().signal,
    nowMs: () => Date.UTC(2026, 10, 21, 9),
    ...options,
  });
}

async function refusal(work: Promise<unknown>): Promise<string> {
  const error: unknown = await work.then(() => undefined).catch((thrown: unknown) => thrown);
  expect(error).toBeInstanceOf(SyncError);
  return error instanceof Error ? error.message : "";
}

describe("a document", () => {
  test("becomes rows with the day of the fetch", async () => {
    const prices = await get();
    expect(prices).toMatchObject({ url: publisher.url, fetchedAtMs: Date.UTC(2026, 10, 21, 9) });
    expect(prices.rows).toHaveLength(10);
    expect(prices.rows[0]).toMatchObject({ provider: "openai", model: "m0", layer: "models.dev", asOf: "2026-11-21" });
  });

  test("that is the same is not sent again, and its prices are fresh", async () => {
    const prices = await get();
    const again = await get({ ...prices, fetchedAtMs: 1 });
    expect(again.rows).toBe(prices.rows);
    expect(again.fetchedAtMs).toBe(prices.fetchedAtMs);
    expect(publisher.requests.map((request) => request.headers.get("if-none-match"))).toEqual([
      null,
      prices.etag ?? "none",
    ]);
  });

  test("of another place is asked for whole", async () => {
    const prices = await get();
    await get({ ...prices, url: "https://elsewhere.example/" });
    expect(publisher.requests.at(-1)?.headers.get("if-none-match")).toBeNull();
  });
});

describe("refused is", () => {
  test("a document that shrank by more than half; half of it is believed", async () => {
    const prices = await get();
    const some = (count: number) => toModelsDev({ openai: Object.fromEntries(Object.entries(TEN).slice(0, count)) });
    publisher.answer = some(4);
    expect(await refusal(get(prices))).toContain("sent 4 prices where there were 10; the earlier ones are kept");
    publisher.answer = some(5);
    expect((await get(prices)).rows).toHaveLength(5);
    publisher.answer = some(1);
    expect((await get()).rows).toHaveLength(1);
  });

  test.each([
    ["nothing", "", "no price document"],
    ["a page", "<html>log in first</html>", "no price document"],
    ["a list", "[]", "no price document"],
    ["no provider", "{}", "without a single price"],
    ["only plans", toModelsDev({ openai: { m: [0, 0] } }), "without a single price"],
  ])("%s", async (_, document, reason) => {
    publisher.answer = document;
    const message = await refusal(get());
    expect(message).toStartWith(publisher.url);
    expect(message).toContain(reason);
  });

  test("another status", async () => {
    publisher.answer = () => new Response("no", { status: 503 });
    expect(await refusal(get())).toBe(`${publisher.url} answered 503`);
    publisher.answer = () => new Response(null, { status: 304 });
    expect(await refusal(get())).toBe(`${publisher.url} answered 304`);
  });

  test("an answer that breaks off", async () => {
    publisher.answer = () => {
      let sent = false;
      return new Response(
        new ReadableStream({
          pull(controller) {
            if (sent) controller.error(new Error("cut"));
            else controller.enqueue(new TextEncoder().encode('{"openai": {'));
            sent = true;
          },
        }),
      );
    };
    expect(await refusal(get())).toStartWith(publisher.url);
  });

  test("a publisher that is not there, and one that is no longer waited for", async () => {
    const port = await refusedPort();
    expect(await refusal(get(undefined, { url: `http://127.0.0.1:${port}/` }))).toContain("could not be reached");
    publisher.answer = () => new Promise(() => {});
    expect(await refusal(get(undefined, { signal: AbortSignal.timeout(50) }))).toContain("could not be reached");
  });
});
