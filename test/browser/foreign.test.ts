/** @module What a page elsewhere can make a real browser do to modeltap: nothing that an upstream answers runs as one of our pages. */

import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import type { Browser } from "playwright-core";

import { createStage, type Stage } from "../e2e/stage.ts";
import * as step from "../support/step.ts";
import { findBrowser, launchBrowser } from "./browser.ts";

const TIMEOUT_MS = 60_000;
/** Of an upstream: it asks modeltap for what only modeltap's own pages may have. */
const HOSTILE = `<title>waiting</title><script>
fetch("/admin/api-keys").then((answer) => { document.title = "status " + answer.status; });
</script>`;

describe.skipIf(findBrowser() === undefined)("a page elsewhere", () => {
  let browser: Browser;
  let stage: Stage;
  let elsewhere: Bun.Server<undefined>;

  beforeAll(async () => {
    browser = await launchBrowser();
    stage = await createStage({});
    stage.upstream.on(/./, step.answer({ body: HOSTILE, headers: [["Content-Type", "text/html"]] }));
    const target = `${stage.url}/openai/page`;
    elsewhere = Bun.serve({
      port: 0,
      hostname: "127.0.0.1",
      fetch: () =>
        new Response(`<a href="${target}">link</a><iframe src="${target}"></iframe>`, {
          headers: { "content-type": "text/html" },
        }),
    });
  }, TIMEOUT_MS);
  afterAll(async () => {
    await browser.close();
    await elsewhere.stop(true);
    await stage[Symbol.asyncDispose]();
  });

  test(
    "leads nobody to an upstream, by link, frame or script; to our own pages it may",
    async () => {
      const page = await browser.newPage();
      await page.goto(elsewhere.url.href);
      const answers: number[] = [];
      page.on("response", (answer) => {
        if (answer.url().includes("/openai/page")) answers.push(answer.status());
      });
      await page.reload();
      await page.getByRole("link").click();
      await page.waitForURL(`${stage.url}/openai/page`);
      expect(await page.textContent("body")).toContain("A web page led a browser here");
      await page.goto(elsewhere.url.href);
      await page.evaluate(`location.href = "${stage.url}/openai/page"`);
      await page.waitForURL(`${stage.url}/openai/page`);
      expect(answers.length).toBeGreaterThanOrEqual(3);
      expect(new Set(answers)).toEqual(new Set([403]));
      expect(stage.upstream.requests).toEqual([]);
      await page.goto(elsewhere.url.href);
      await page.evaluate(`location.href = "${stage.url}/dashboard"`);
      await page.waitForURL(`${stage.url}/dashboard`);
      await page.getByRole("navigation").first().waitFor();
      await page.close();
    },
    TIMEOUT_MS,
  );

  test(
    "a person may still type the address",
    async () => {
      const page = await browser.newPage();
      const answer = await page.goto(`${stage.url}/openai/page`);
      expect(answer?.status()).toBe(200);
      await page.close();
    },
    TIMEOUT_MS,
  );
});
