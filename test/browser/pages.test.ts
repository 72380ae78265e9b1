/** @module The pages in a real browser over a real store: right figures, safe names, live rows, both themes, both widths. */

import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import type { Browser } from "playwright-core";
import type { ModelTotals, RequestRow, StatsSummary, TimeBucket } from "../../src/api/contract.ts";
import { formatCount, formatUsd } from "../../web/format.ts";
import { createFreshCalls, HOSTILE_MODEL, sampleTraffic } from "../api/sample.ts";
import { type ServedApp, startServedApp } from "../api/served-app.ts";
import { DESKTOP, findBrowser, launchBrowser, openPage, type View } from "./browser.ts";

const HAS_BROWSER = findBrowser() !== undefined;
if (!HAS_BROWSER) console.warn("browser tests are skipped: no Chromium is installed (MODELTAP_CHROMIUM names one)");

const DAY_MS = 86_400_000;
const ROW_COUNT = 3000;
const VIEWS: readonly View[] = [
  { width: 1440, height: 900, scheme: "light" },
  { width: 1440, height: 900, scheme: "dark" },
  { width: 390, height: 844, scheme: "light" },
  { width: 390, height: 844, scheme: "dark" },
];
const TIMEOUT_MS = 60_000;

describe.skipIf(!HAS_BROWSER)("the pages", () => {
  let browser: Browser;
  let app: ServedApp;
  const fresh = createFreshCalls(50_000);

  beforeAll(async () => {
    browser = await launchBrowser();
    app = await startServedApp();
    await app.write([...sampleTraffic({ count: ROW_COUNT, endMs: Date.now() - 60_000, spanMs: 20 * DAY_MS })]);
    app.tell({ capture: "full", demo: true, addresses: [app.url] });
  }, TIMEOUT_MS);
  afterAll(async () => {
    await browser.close();
    await app.close();
  });

  test(
    "the cards show what /stats/summary says",
    async () => {
      const { totals } = await app.json<StatsSummary>("/stats/summary");
      const { page, context } = await openPage(browser, app.url, "/dashboard");
      const card = (name: string): Promise<string | null> => page.textContent(`[data-card=${name}] .figure`);
      expect(await card("requests")).toBe(formatCount(totals.total_requests));
      expect(await card("input")).toBe(formatCount(totals.total_input_tokens));
      expect(await card("output")).toBe(formatCount(totals.total_output_tokens));
      expect(await card("cost")).toBe(formatUsd(totals.total_cost_usd));
      expect(await page.textContent("[data-card=cost] .sub")).toContain(
        `${formatCount(totals.unpriced_requests)} request`,
      );
      await context.close();
    },
    TIMEOUT_MS,
  );

  test(
    "the tables show what /stats says: providers, models by filter, and the series beside its chart",
    async () => {
      const { page, context } = await openPage(
        browser,
        app.url,
        "/dashboard?series=table&model_provider=openai&model_days=7",
      );
      const cells = (table: string): Promise<string[][]> =>
        page.$$eval(`${table} tbody tr`, (rows) =>
          rows.map((row) => [...row.children].map((cell) => cell.textContent ?? "")),
        );

      await page.waitForSelector("[data-table=models] tbody tr");
      const { by_provider } = await app.json<StatsSummary>("/stats/summary");
      const shown = await cells("[data-table=providers]");
      expect(shown.map((row) => row.slice(0, 3))).toEqual(
        by_provider.map((row) => [row.provider, formatCount(row.requests), formatCount(row.input_tokens)]),
      );
      const unpriced = by_provider.findIndex((row) => row.cost_usd === null);
      expect(shown[unpriced]?.[4]).toBe("—");

      const models = await app.json<readonly ModelTotals[]>("/stats/by-model?provider=openai&days=7");
      expect((await cells("[data-table=models]")).map((row) => row.slice(0, 2))).toEqual(
        models.map((row) => [`${row.model}${row.provider}`, formatCount(row.requests)]),
      );
      await page.selectOption("select[aria-label='Provider of the models']", "anthropic");
      await page.waitForFunction(
        () => document.querySelector("[data-table=models] tbody")?.textContent?.includes("claude") === true,
      );
      expect(new URL(page.url()).searchParams.get("model_provider")).toBe("anthropic");

      const series = await app.json<readonly TimeBucket[]>("/stats/timeseries?days=30&bucket=day");
      expect((await cells(".panel:has(#series-title) table")).map((row) => row.slice(0, 2))).toEqual(
        series.toReversed().map((row) => [row.bucket, formatCount(row.requests)]),
      );
      await context.close();
    },
    TIMEOUT_MS,
  );

  test(
    "what was loaded stays while live rows come, and new ones wait to be let in",
    async () => {
      const { page, context } = await openPage(browser, app.url, "/dashboard");
      const ids = (): Promise<(string | null)[]> =>
        page.$$eval("[data-table=log] tbody tr", (rows) => rows.map((row) => row.getAttribute("data-id")));
      await page.waitForSelector("[data-table=log] tbody tr");
      await page.click("text=Load more");
      await page.waitForFunction(() => document.querySelectorAll("[data-table=log] tbody tr").length === 100);
      const before = await ids();
      const expected = await app.json<readonly RequestRow[]>("/stats/requests?limit=100");
      expect(before).toEqual(expected.map((row) => row.exchange_id));

      const first = fresh();
      const second = fresh();
      await app.write([first, second]);
      await page.waitForSelector("text=2 new");
      expect(await ids()).toEqual(before);
      await page.click("text=Load more");
      await page.waitForFunction(() => document.querySelectorAll("[data-table=log] tbody tr").length === 150);
      await page.click("text=2 new");
      const after = await ids();
      expect(after.slice(0, 2)).toEqual([second.id, first.id].toSorted().toReversed());
      expect(after).toHaveLength(152);
      expect(new Set(after).size).toBe(152);
      await context.close();
    },
    TIMEOUT_MS,
  );

  test(
    "a row that ends changes where it stands, and the cards follow",
    async () => {
      const { page, context } = await openPage(browser, app.url, "/admin/requests");
      const row = fresh({ state: "pending" });
      await app.write([row]);
      await page.waitForSelector(".vrow .status-pending");
      await app.write([{ ...row, state: "failed", statusCode: 503, endedAtMs: Date.now() }]);
      await page.waitForFunction(() => document.querySelector(".vrow .c-status")?.textContent === "503");
      await context.close();
    },
    TIMEOUT_MS,
  );

  test(
    "a hostile model name is text everywhere, and runs nothing",
    async () => {
      const hostile = fresh({ requestModel: HOSTILE_MODEL, responseModel: HOSTILE_MODEL, errorMessage: HOSTILE_MODEL });
      await app.write([hostile]);
      for (const path of [
        "/dashboard",
        `/admin/requests?model=${encodeURIComponent(HOSTILE_MODEL)}`,
        `/admin/requests/${hostile.id}`,
      ]) {
        const { page, context, problems } = await openPage(browser, app.url, path);
        await page.waitForFunction(
          (name) => document.querySelector("main")?.textContent?.includes(name) === true,
          HOSTILE_MODEL,
        );
        expect(await page.$$("main img")).toEqual([]);
        expect(await page.evaluate(() => "__pwned" in window)).toBe(false);
        // A body that was never captured is told as such by a 404, which the console repeats.
        expect(problems.filter((problem) => !problem.includes("404"))).toEqual([]);
        await context.close();
      }
    },
    TIMEOUT_MS,
  );

  test(
    "the explorer filters by address and by field, and moves by keys",
    async () => {
      const { page, context } = await openPage(browser, app.url, "/admin/requests?status=429");
      await page.waitForSelector(".vrow .c-status");
      expect(new Set(await page.$$eval(".vrow .c-status", (cells) => cells.map((cell) => cell.textContent)))).toEqual(
        new Set(["429"]),
      );

      await page.selectOption("select[name=status]", "");
      await page.keyboard.press("Escape");
      await page.focus(".vtable");
      await page.keyboard.press("/");
      await page.keyboard.type("gpt-5-mini");
      await page.keyboard.press("Escape");
      await page.waitForFunction(() => new URL(location.href).searchParams.get("text") === "gpt-5-mini");
      await page.waitForFunction(() => {
        const models = [...document.querySelectorAll(".vrow .c-model")].map((cell) => cell.textContent);
        return models.length > 0 && models.every((model) => model === "gpt-5-mini");
      });

      await page.keyboard.press("j");
      await page.keyboard.press("j");
      await page.keyboard.press("k");
      const marked = await page.getAttribute(".vrow[aria-selected=true]", "aria-rowindex");
      expect(marked).toBe("2");
      await page.keyboard.press("j");
      await page.keyboard.press("Enter");
      await page.waitForURL(/\/admin\/requests\/[0-9a-f-]{36}$/);
      const opened = page.url();
      await page.waitForSelector("#facts-title");
      await page.keyboard.press("]");
      await page.waitForFunction((url) => location.href !== url, opened);
      await page.keyboard.press("Escape");
      await page.waitForURL(/text=gpt-5-mini/);
      await page.keyboard.press("?");
      await page.waitForSelector("dialog[open] kbd");
      await context.close();
    },
    TIMEOUT_MS,
  );

  test(
    "any row of a long list can be scrolled to, with few of them drawn",
    async () => {
      const { page, context } = await openPage(browser, app.url, "/admin/requests?kind=generation");
      await page.waitForSelector(".vrow .c-time");
      const total = Number((await page.getAttribute(".vtable", "aria-rowcount")) ?? 0) - 1;
      expect(total).toBeGreaterThan(2000);
      await page.evaluate(() => {
        const table = document.querySelector(".vtable");
        if (table) table.scrollTop = table.scrollHeight;
      });
      await page.waitForSelector(`.vrow[aria-rowindex="${total + 1}"] .c-time`);
      const oldest = await app.json<{ rows: RequestRow[] }>(
        `/admin/api/requests?kind=generation&limit=1&offset=${total - 1}`,
      );
      await page.click(`.vrow[aria-rowindex="${total + 1}"]`);
      await page.waitForURL(new RegExp(`${oldest.rows[0]?.exchange_id}$`));
      await context.close();

      const again = await openPage(browser, app.url, "/admin/requests");
      await again.page.waitForSelector(".vrow");
      expect(await again.page.locator(".vrow").count()).toBeLessThan(60);
      await again.context.close();
    },
    TIMEOUT_MS,
  );

  describe.each(VIEWS)("at $width px, $scheme", (view) => {
    test.each(["/dashboard", "/dashboard?connect=1", "/admin/requests", "one request"])(
      "%s fits, asks no one else and reports no error",
      async (path) => {
        const newest = await app.json<readonly RequestRow[]>("/stats/requests?limit=1");
        const at = path === "one request" ? `/admin/requests/${newest[0]?.exchange_id}` : path;
        const { page, context, problems, foreign } = await openPage(browser, app.url, at, view);
        await page.waitForLoadState("load");
        await page.waitForSelector(".chip-good");
        const overflow = await page.evaluate(
          () => document.documentElement.scrollWidth - document.documentElement.clientWidth,
        );
        expect(overflow).toBe(0);
        const background = await page.evaluate(() => getComputedStyle(document.documentElement).backgroundColor);
        const red = Number(/\d+/.exec(background)?.[0]);
        expect(red > 128).toBe(view.scheme === "light");
        expect(foreign).toEqual([]);
        // A body that was never captured is told as such by a 404, which the console repeats.
        expect(problems.filter((problem) => !problem.includes("404"))).toEqual([]);
        await context.close();
      },
      TIMEOUT_MS,
    );
  });

  test(
    "the theme follows the system until it is chosen, and the choice outlives a reload",
    async () => {
      const { page, context } = await openPage(browser, app.url, "/dashboard", { ...DESKTOP, scheme: "dark" });
      const background = (): Promise<string> =>
        page.evaluate(() => getComputedStyle(document.documentElement).backgroundColor);
      const dark = await background();
      await page.keyboard.press("t");
      const light = await background();
      expect(light).not.toBe(dark);
      await page.reload();
      expect(await background()).toBe(light);
      await context.close();
    },
    TIMEOUT_MS,
  );

  test(
    "an empty store shows how to connect, proves the way, and gives way to the first request",
    async () => {
      let asked = "";
      const empty = await startServedApp({
        async upstream(request, served) {
          const { pathname } = new URL(request.url);
          if (pathname !== "/openai/v1/models") return undefined;
          asked = `${request.method} ${pathname}${request.headers.has("authorization") ? " with a key" : ""}`;
          await served.write([
            fresh({ kind: "other", method: "GET", path: "/v1/models", statusCode: 401, state: "failed" }),
          ]);
          return Response.json({ error: { message: "no key" } }, { status: 401 });
        },
      });
      empty.tell({ capture: "full", addresses: [empty.url] });
      const { page, context } = await openPage(browser, empty.url, "/dashboard");
      await page.waitForSelector("text=Waiting for your first request");
      expect(await page.textContent(".code pre")).toContain(`ANTHROPIC_BASE_URL=${empty.url}/anthropic`);
      await page.click("text=Codex");
      expect(await page.textContent(".code pre")).toContain(`openai_base_url = "${empty.url}/openai/v1"`);

      await page.click("text=Send a test request");
      await page.waitForSelector(".arrivals >> text=GET /v1/models");
      await page.waitForSelector("text=OpenAI answered 401");
      expect(asked).toBe("GET /openai/v1/models");

      await empty.write([fresh()]);
      await page.waitForSelector("[data-card=requests]");
      expect(await page.textContent("[data-card=requests] .figure")).toBe("1");
      await context.close();
      await empty.close();
    },
    TIMEOUT_MS,
  );
});
