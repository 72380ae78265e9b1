/** @module Lists in a real browser on a phone: figures are whole, filters are shown. */

import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import type { Browser } from "playwright-core";
import { createFreshCalls } from "../api/sample.ts";
import { type ServedApp, startServedApp } from "../api/served-app.ts";
import { DESKTOP, findBrowser, launchBrowser, openPage, type View } from "./browser.ts";

const TIMEOUT_MS = 60_000;

describe.skipIf(findBrowser() === undefined)("lists on a phone", () => {
  let browser: Browser;
  let app: ServedApp;
  const fresh = createFreshCalls(0);

  beforeAll(async () => {
    browser = await launchBrowser();
    app = await startServedApp();
  }, TIMEOUT_MS);
  afterAll(async () => {
    await browser.close();
    await app.close();
  });

  test(
    "a filter by session is shown, and can be taken away alone",
    async () => {
      const id = "0199a2b4-aaaa-7000-8000-0000deadbeef";
      await app.write([fresh({ sessionId: id }), fresh({ sessionId: "another" })]);
      for (const width of [1440, 390]) {
        const view: View = { ...DESKTOP, width };
        const { page, context } = await openPage(browser, app.url, `/admin/requests?session=${id}&status=2xx`, view);
        await page.waitForFunction(() => document.querySelector(".count")?.textContent === "1 request");
        expect(await page.isVisible("input[name=model]")).toBe(true);
        const chip = page.getByRole("button", { name: `Remove the filter by session ${id}` });
        expect(await chip.textContent()).toBe("Session 0199a2…adbeef ×");
        await chip.click();
        await page.waitForFunction(() => location.search === "?status=2xx");
        expect(await chip.count()).toBe(0);
        await context.close();
      }
    },
    TIMEOUT_MS,
  );

  test(
    "on a phone no figure of a table is cut",
    async () => {
      // As wide as a cost below a thousand dollars gets.
      const cost = { totalNanoUsd: 42_000, confidence: "prefix" } as const;
      await app.write([
        fresh({ state: "interrupted", cost, billing: "subscription" }),
        fresh({ requestModel: "a-model-with-a-name-that-is-far-too-long-for-a-phone", cost }),
      ]);
      const view: View = { ...DESKTOP, width: 390 };
      const { page, context } = await openPage(browser, app.url, "/dashboard", view);
      await page.waitForSelector("[data-table=log] >> text=interrupted");
      await page.waitForSelector("[data-table=models] tbody tr");
      const spare = await page.$$eval(".scroll-x", (boxes) => boxes.map((box) => box.clientWidth - box.scrollWidth));
      expect(spare.length).toBeGreaterThanOrEqual(3);
      expect(Math.min(...spare)).toBe(0);
      const model = await page.locator("[data-table=log] .two-part").first().boundingBox();
      expect(model?.width).toBeGreaterThan(70);

      await page.goto(`${app.url}/admin/requests`);
      await page.waitForSelector(".vrow .c-cost .cost");
      const cut = await page.$$eval(".vrow .c-time, .vrow .c-cost, .vrow .c-status", (cells) =>
        cells
          .filter((cell) => cell.scrollWidth > cell.clientWidth)
          .map((cell) => `${cell.textContent}: ${cell.scrollWidth} in ${cell.clientWidth}`),
      );
      expect(cut).toEqual([]);
      await context.close();
    },
    TIMEOUT_MS,
  );
});
