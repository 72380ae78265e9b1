/** @module The settings in a real browser over the real program: routes are made, tried, switched and deleted; breakers are reset. */

import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import type { Browser } from "playwright-core";

import { createStage, type Stage } from "../e2e/stage.ts";
import * as step from "../support/step.ts";
import { DESKTOP, findBrowser, launchBrowser, openPage, type View } from "./browser.ts";

const PAGE = "/admin/settings/routes";
const TIMEOUT_MS = 60_000;
const VIEWS: readonly View[] = [1440, 390].flatMap((width) =>
  (["light", "dark"] as const).map((scheme) => ({ width, height: 900, scheme })),
);

describe.skipIf(findBrowser() === undefined)("the settings of routes", () => {
  let browser: Browser;
  let stage: Stage;

  beforeAll(async () => {
    browser = await launchBrowser();
    stage = await createStage({
      env: { OPENROUTER_API_KEY: "sk-or-0123456789abcdef", MODELTAP_FALLBACK_MODEL: "small" },
      config: { routes: [{ model: "fixed", upstream: "groq" }], breaker: { open_after_failures: 1 } },
    });
    stage.upstream.on(/./, step.json({ error: "no" }, { status: 500 }));
  }, TIMEOUT_MS);
  afterAll(async () => {
    await browser.close();
    await stage[Symbol.asyncDispose]();
  });

  test(
    "a route is made with the keyboard, tried, switched off, edited and deleted",
    async () => {
      const { page, context, problems, foreign } = await openPage(browser, stage.url, PAGE);
      await page.getByRole("button", { name: "New route" }).press("Enter");
      await page.keyboard.type("qwen*");
      await page.keyboard.press("Tab");
      await page.keyboard.type("nobody");
      await page.keyboard.press("Enter");
      expect(await page.getByRole("alert").textContent()).toContain("must be the id of a provider");
      await page.getByLabel("Upstream", { exact: true }).fill("xai");
      // In the field Enter may take what the list under it offers.
      await page.getByRole("form", { name: "New route" }).getByRole("button", { name: "Save" }).press("Enter");
      const row = page.getByRole("row").filter({ hasText: "qwen*" });
      await row.waitFor();
      expect(await row.textContent()).toContain("this page");

      await page.getByLabel("Model", { exact: true }).fill("qwen3");
      await page.getByRole("button", { name: "Simulate" }).click();
      await page.getByText("stored route qwen* (qwen*) matches qwen3").waitFor();

      await page.getByRole("button", { name: "Switch qwen* off" }).click();
      await page.getByRole("button", { name: "Switch qwen* on" }).waitFor();
      await page.getByRole("button", { name: "Simulate" }).click();
      await page.getByText("no route and no selector says otherwise").waitFor();

      await page.getByRole("button", { name: "Edit qwen*" }).click();
      await page.getByLabel("Send as").fill("qwen3-large");
      await page.getByRole("form", { name: "Route for qwen*" }).getByRole("button", { name: "Save" }).press("Enter");
      await row.getByText("as qwen3-large").waitFor();

      await page.getByRole("button", { name: "Delete qwen*" }).click();
      await page.getByRole("button", { name: "Delete qwen* for good" }).click();
      await row.waitFor({ state: "detached" });
      const fixed = page.getByRole("row").filter({ hasText: "fixed" });
      expect(await fixed.getByRole("button").count()).toBe(0);
      // The one refusal that was meant.
      expect(problems.filter((problem) => !problem.includes("400"))).toEqual([]);
      expect(foreign).toEqual([]);
      await context.close();
    },
    TIMEOUT_MS,
  );

  test(
    "an upstream is made with the keyboard, asked, switched off, edited and deleted",
    async () => {
      const { page, context, problems, foreign } = await openPage(browser, stage.url, PAGE);
      await page.getByRole("button", { name: "New upstream" }).press("Enter");
      await page.keyboard.type("mine");
      await page.keyboard.press("Tab");
      await page.keyboard.type("ftp://nowhere");
      await page.keyboard.press("Enter");
      expect(await page.getByRole("alert").textContent()).toContain("base_url");
      const form = page.getByRole("form", { name: "New upstream" });
      await form.getByLabel("Base URL").fill(stage.upstream.url);
      await form.getByRole("combobox", { name: "Key" }).selectOption("bearer");
      await form.getByLabel("Variable with the key").fill("OPENROUTER_API_KEY");
      await form.getByRole("button", { name: "Save" }).press("Enter");
      const row = page
        .getByRole("table")
        .filter({ hasText: "Breaker" })
        .getByRole("row")
        .filter({ has: page.getByRole("rowheader", { name: "mine", exact: true }) });
      await row.getByText("environment variable OPENROUTER_API_KEY").waitFor();
      expect(await row.textContent()).toContain("this page");
      const asked = stage.upstream.requests.length;
      expect((await fetch(`${stage.url}/mine/v1/models`)).status).toBe(500);
      expect(stage.upstream.requests[asked]?.header("authorization")).toBe("Bearer sk-or-0123456789abcdef");

      await page.getByRole("button", { name: "Switch mine off" }).click();
      await row.getByText("this page, off").waitFor();
      expect((await fetch(`${stage.url}/mine/v1/models`)).status).toBe(404);

      await page.getByRole("button", { name: "Edit mine" }).click();
      const edit = page.getByRole("form", { name: "Upstream mine" });
      expect(await edit.getByLabel("Id").isDisabled()).toBe(true);
      expect(await edit.getByRole("combobox", { name: "Key" }).inputValue()).toBe("bearer");
      await edit.getByLabel("On", { exact: true }).check();
      await edit.getByRole("combobox", { name: "Key" }).selectOption("");
      await edit.getByLabel("Variable with the key").fill("");
      await edit.getByRole("button", { name: "Save" }).press("Enter");
      await row.getByText("the client's").waitFor();
      await page.getByRole("button", { name: "Switch mine off" }).waitFor();

      await page.getByRole("button", { name: "Delete mine" }).click();
      await page.getByRole("button", { name: "Delete mine for good" }).click();
      await row.waitFor({ state: "detached" });
      // The one refusal that was meant.
      expect(problems.filter((problem) => !problem.includes("400"))).toEqual([]);
      expect(foreign).toEqual([]);
      await context.close();
    },
    TIMEOUT_MS,
  );

  test(
    "what the fields of an upstream cannot say is written as JSON, and opens as JSON",
    async () => {
      const { page, context, problems } = await openPage(browser, stage.url, PAGE);
      await page.getByRole("button", { name: "New upstream" }).click();
      await page.getByRole("button", { name: "Write JSON, for more" }).click();
      const json = page.getByLabel("in JSON");
      await json.fill(
        JSON.stringify({
          id: "slow",
          base_url: stage.upstream.url,
          timeouts: { idle: "2m" },
          headers: { remove: ["x-a"] },
        }),
      );
      await page.getByRole("form", { name: "New upstream" }).getByRole("button", { name: "Save" }).click();
      await page.getByRole("button", { name: "Edit slow" }).click();
      expect(JSON.parse(await json.inputValue())).toMatchObject({ id: "slow", active: true, timeouts: { idle: "2m" } });
      await page.keyboard.press("Escape");
      await page.getByRole("button", { name: "Delete slow" }).click();
      await page.getByRole("button", { name: "Delete slow for good" }).click();
      await page.getByRole("button", { name: "Edit slow" }).waitFor({ state: "detached" });
      expect(problems).toEqual([]);
      await context.close();
    },
    TIMEOUT_MS,
  );

  test(
    "defaults are stored and forgotten; what a variable fixes says so and cannot be changed",
    async () => {
      const { page, context } = await openPage(browser, stage.url, PAGE);
      const fallback = page.getByLabel("Fallback for unknown models");
      await fallback.fill("groq");
      await fallback.press("Enter");
      await page.getByText("From stored settings").waitFor();
      await page.getByRole("button", { name: "Forget" }).click();
      await page.getByText("From stored settings").waitFor({ state: "detached" });
      expect(await page.getByLabel("Model asked for there").isDisabled()).toBe(true);
      await page.getByText("Set by environment MODELTAP_FALLBACK_MODEL").waitFor();
      await context.close();
    },
    TIMEOUT_MS,
  );

  test(
    "routes from price rows are looked at, then stored",
    async () => {
      const { page, context } = await openPage(browser, stage.url, PAGE);
      await page.getByLabel("Only of upstream").fill("openrouter");
      await page.getByRole("button", { name: "Preview" }).click();
      const store = page.getByRole("button", { name: /^Store \d{3}$/ });
      await store.waitFor();
      await store.click();
      await page.getByText(/^\d{3} routes were stored/).waitFor();
      await page.getByRole("row").filter({ hasText: "price row" }).first().waitFor();

      await page.getByLabel("Find a route").fill("FIXED");
      const found = page.getByRole("table").filter({ hasText: "Priority" }).getByRole("row");
      expect(await found.count()).toBe(2);
      await page.getByLabel("Find a route").fill("no such model");
      await page.getByText("No route has this").waitFor();
      await context.close();
    },
    TIMEOUT_MS,
  );

  test(
    "a compatibility fix is switched on for a route and as the default, and off again",
    async () => {
      const { page, context, problems } = await openPage(browser, stage.url, PAGE);
      const fix = "Qwen tagged tool-call rewrite";
      await page.getByRole("button", { name: "New route" }).click();
      const form = page.getByRole("form", { name: "New route" });
      await form.getByLabel("Model, or prefix*").fill("tagged");
      await form.getByLabel("Upstream", { exact: true }).fill("groq");
      await form.getByLabel(fix).check();
      await form.getByRole("button", { name: "Save" }).press("Enter");
      const row = page.getByRole("row").filter({ hasText: "tagged" });
      await row.getByText("fixes: qwen-tagged-tool-call-rewrite").waitFor();
      await page.getByRole("button", { name: "Edit tagged" }).click();
      const edit = page.getByRole("form", { name: "Route for tagged" });
      expect(await edit.getByLabel(fix).isChecked()).toBe(true);
      await edit.getByLabel(fix).uncheck();
      await edit.getByRole("button", { name: "Save" }).press("Enter");
      await row.getByText("fixes:").waitFor({ state: "detached" });

      const defaults = page.locator("form").filter({ has: page.getByLabel(fix) });
      await defaults.getByText("What it does").click();
      await defaults.getByText("The client sees an answer that the upstream did not send.").waitFor();
      await defaults.getByLabel(fix).check();
      await defaults.getByRole("button", { name: "Save" }).click();
      await defaults.getByText("From stored settings").waitFor();
      await page.getByLabel("Model", { exact: true }).fill("any");
      await page.getByRole("button", { name: "Simulate" }).click();
      await page.getByText("fixes: qwen-tagged-tool-call-rewrite").waitFor();
      await defaults.getByRole("button", { name: "Forget" }).click();
      await defaults.getByText("From stored settings").waitFor({ state: "detached" });
      expect(await defaults.getByLabel(fix).isChecked()).toBe(false);
      expect(problems).toEqual([]);
      await context.close();
    },
    TIMEOUT_MS,
  );

  test(
    "an open breaker is shown beside its upstream, and reset",
    async () => {
      await fetch(`${stage.url}/mistral/v1/models`);
      const { page, context } = await openPage(browser, stage.url, PAGE);
      const reset = page.getByRole("button", { name: "Reset the breaker of mistral" });
      await reset.click();
      await reset.waitFor({ state: "detached" });
      const { breakers } = (await stage.modeltap.stats("/admin/breakers")) as {
        readonly breakers: readonly { readonly providerId: string; readonly state: string }[];
      };
      expect(breakers.find(({ providerId }) => providerId === "mistral")?.state ?? "closed").toBe("closed");
      await context.close();
    },
    TIMEOUT_MS,
  );

  test(
    "a script that does not come is told, and the page comes with it",
    async () => {
      const { page, context } = await openPage(browser, stage.url, "/dashboard");
      await page.route(/\/assets\/later-/, (route) => route.abort());
      await page.getByRole("link", { name: "Settings" }).click();
      await page.getByText("This page could not be loaded.").waitFor();
      await page.unroute(/\/assets\/later-/);
      await page.getByRole("button", { name: "Try again" }).click();
      await page.getByRole("heading", { name: "Model routes" }).waitFor();
      await context.close();
    },
    TIMEOUT_MS,
  );

  test.each(VIEWS)(
    "fits $width px in $scheme, nothing is cut off",
    async (view) => {
      const { page, context, problems } = await openPage(browser, stage.url, PAGE, { ...DESKTOP, ...view });
      await page.getByRole("heading", { name: "Upstreams" }).waitFor();
      await page.getByRole("button", { name: "New route" }).click();
      const overflow = await page.evaluate(
        () => document.documentElement.scrollWidth - document.documentElement.clientWidth,
      );
      expect(overflow).toBe(0);
      const shots = process.env["MODELTAP_SHOTS"];
      if (shots !== undefined) {
        await page.screenshot({ path: `${shots}/settings-${view.width}-${view.scheme}.png`, fullPage: true });
      }
      expect(problems).toEqual([]);
      await context.close();
    },
    TIMEOUT_MS,
  );
});
