/** @module The page of one request in a real browser, over a real store. */

import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import type { Browser } from "playwright-core";

import { createRandom, sampleExchange } from "../api/sample.ts";
import { type ServedApp, startServedApp } from "../api/served-app.ts";
import { toBytes } from "../support/bytes.ts";
import { capture } from "../support/capture.ts";
import { findBrowser, launchBrowser, openPage } from "./browser.ts";

const TIMEOUT_MS = 60_000;

describe.skipIf(findBrowser() === undefined)("the page of a request", () => {
  let browser: Browser;
  let app: ServedApp;
  let nextIndex = 100;

  beforeAll(async () => {
    browser = await launchBrowser();
    app = await startServedApp();
  }, TIMEOUT_MS);
  afterAll(async () => {
    await browser.close();
    await app.close();
  });

  test(
    "its bodies are shown, and asked for again when it ends",
    async () => {
      const pending = sampleExchange(1, Date.now(), createRandom(1), { state: "pending", capture: "full" });
      const bytes = toBytes('{"messages":["an unusual question"]}');
      await app.write([pending], [capture(pending, { side: "request", bytes })]);
      const { page, context, problems } = await openPage(browser, app.url, `/admin/requests/${pending.id}`);
      await page.waitForSelector("text=an unusual question");

      const ended = { ...pending, state: "completed", endedAtMs: Date.now() } as const;
      await app.write([ended], [capture(ended, { bytes: toBytes('{"choices":["an unusual answer"]}') })]);
      await page.waitForSelector("text=an unusual answer");
      // While it ran there was no answer to show, which the console repeats as a 404.
      expect(problems.filter((problem) => !problem.includes("404"))).toEqual([]);
      await context.close();
    },
    TIMEOUT_MS,
  );

  test(
    "its cost has a history as soon as it changed, and not before",
    async () => {
      const cost = { confidence: "unknown" } as const;
      const row = sampleExchange(2, Date.now(), createRandom(2), { kind: "generation", state: "completed", cost });
      await app.write([row]);
      const { page, context, problems } = await openPage(browser, app.url, `/admin/requests/${row.id}`);
      await page.waitForSelector("#cost-title");
      expect(await page.$("[data-table=cost-history]")).toBeNull();

      await app.writer.write({
        exchanges: [{ ...row, cost: { totalNanoUsd: 4_200_000, confidence: "exact", source: "models.dev" } }],
        captures: [],
        replaceFinal: { reason: "backfill", atMs: Date.now() },
      });
      await page.waitForSelector("[data-table=cost-history]");
      const lines = await page.$$eval("[data-table=cost-history] tr", (rows) => rows.map((each) => each.textContent));
      expect(lines).toHaveLength(2);
      expect(lines[0]).toMatch(/^priced later, now.*models\.dev\$0\.0042$/);
      expect(lines[1]).toMatch(/^as recorded, .*unknown—$/);
      // The sample has no bodies, which the console repeats as a 404.
      expect(problems.filter((problem) => !problem.includes("404"))).toEqual([]);
      await context.close();
    },
    TIMEOUT_MS,
  );

  test(
    "an answer that a fix changed is shown as the client got it and as the upstream sent it",
    async () => {
      const fixes = {
        configured: ["qwen-tagged-tool-call-rewrite", "idle-fix"],
        applied: [{ fix: "qwen-tagged-tool-call-rewrite", action: "promoted", function: "read_file", id: "call_1" }],
        warnings: [],
      };
      const changed = sampleExchange(3, Date.now(), createRandom(3), {
        state: "completed",
        capture: "full",
        fixes,
        clientResponse: { wireBytes: 9, contentType: "application/json" },
      });
      await app.write(
        [changed],
        [
          capture(changed, { side: "request", bytes: toBytes("{}") }),
          capture(changed, { bytes: toBytes('{"choices":["as it was sent"]}') }),
          capture(changed, { side: "client-response", bytes: toBytes('{"choices":["as it was got"]}') }),
        ],
      );
      const { page, context, problems } = await openPage(browser, app.url, `/admin/requests/${changed.id}`);
      await page.waitForSelector("text=as it was got");
      expect(await page.locator("text=as it was sent").count()).toBe(0);
      await page.click("text=As the upstream sent it");
      await page.waitForSelector("text=as it was sent");
      await page.click("text=As the client got it");
      await page.waitForSelector("text=as it was got");
      await page.waitForSelector("text=qwen-tagged-tool-call-rewrite applied: promoted read_file");
      await page.waitForSelector("text=idle-fix: nothing to do");
      await page.goto(`${app.url}/admin/requests`);
      await page.waitForSelector(".c-status >> text=fixed");
      const gap = await page.evaluate(() => {
        const status = document.querySelector(".c-status .status")?.getBoundingClientRect();
        const mark = document.querySelector(".c-status small")?.getBoundingClientRect();
        return (mark?.left ?? 0) - (status?.right ?? 0);
      });
      expect(gap).toBeGreaterThan(3);
      expect(problems).toEqual([]);
      await context.close();
    },
    TIMEOUT_MS,
  );

  test.each([
    ["interrupted", 200, "The upstream answered 200; modeltap stopped"],
    ["interrupted", undefined, "no answer is recorded"],
    ["pending", undefined, "They are listed when the request ends."],
    ["failed", undefined, "Nothing was sent upstream."],
  ] as const)(
    "without attempts, a request that is %s with status %p says what is known of them",
    async (state, statusCode, text) => {
      nextIndex += 1;
      const { statusCode: _, ...sample } = sampleExchange(nextIndex, Date.now(), createRandom(3), { state });
      const row = { ...sample, attempts: [], ...(statusCode === undefined ? {} : { statusCode }) };
      await app.write([row]);
      const { page, context } = await openPage(browser, app.url, `/admin/requests/${row.id}`);
      await page.waitForSelector("#attempts-title");
      expect(await page.textContent(".panel:has(#attempts-title)")).toContain(text);
      await context.close();
    },
    TIMEOUT_MS,
  );

  test(
    "an unknown cost is blamed on the price only where the tokens are known",
    async () => {
      const cost = { confidence: "unknown" } as const;
      for (const [changes, text] of [
        [{ usage: { inputTokens: 3, outputTokens: 4 } }, "no price known"],
        [{}, "no token counts"],
      ] as const) {
        nextIndex += 1;
        const { usage: _, ...sample } = sampleExchange(nextIndex, Date.now(), createRandom(3), { state: "failed" });
        const row = { ...sample, cost, ...changes };
        await app.write([row]);
        const { page, context } = await openPage(browser, app.url, `/admin/requests/${row.id}`);
        await page.waitForSelector("#cost-title");
        expect(await page.textContent(".panel:has(#cost-title) .panel-head .sub")).toBe(text);
        expect(await page.getAttribute(".panel:has(#cost-title) .unknown", "title")).toBe(`Cost not known: ${text}`);
        await context.close();
      }
    },
    TIMEOUT_MS,
  );
});
