/** @module Managed keys and the login in a real browser over the real program. */

import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import type { Browser } from "playwright-core";

import { createStage, type Stage } from "../e2e/stage.ts";
import { eventually } from "../support/gate.ts";
import * as step from "../support/step.ts";
import { findBrowser, launchBrowser, openPage, type View } from "./browser.ts";

const PAGE = "/admin/settings/keys";
const PASSWORD = "correct horse battery";
const TIMEOUT_MS = 60_000;
const VIEWS: readonly View[] = [1440, 390].flatMap((width) =>
  (["light", "dark"] as const).map((scheme) => ({ width, height: 900, scheme })),
);

describe.skipIf(findBrowser() === undefined)("keys and login", () => {
  let browser: Browser;
  let stage: Stage;

  beforeAll(async () => {
    browser = await launchBrowser();
    const hash = await Bun.password.hash(PASSWORD, { algorithm: "bcrypt", cost: 4 });
    stage = await createStage({
      env: { DASHBOARD_PASSWORD_HASH: hash, UPSTREAM_CREDENTIAL: "sk-upstream-0123456789abcdef" },
      providers: { openai: { auth: { mode: "bearer", env: "UPSTREAM_CREDENTIAL" } } },
    });
    stage.upstream.on(/./, step.json({ usage: { prompt_tokens: 30, completion_tokens: 12, total_tokens: 42 } }));
  }, TIMEOUT_MS);
  afterAll(async () => {
    await browser.close();
    await stage[Symbol.asyncDispose]();
  });

  const logIn = async (view?: View) => {
    const opened = await openPage(browser, stage.url, PAGE, view);
    await opened.page.getByLabel("Password or admin token").fill(PASSWORD);
    await opened.page.keyboard.press("Enter");
    await opened.page.getByRole("heading", { name: "Managed keys" }).waitFor();
    return opened;
  };

  test(
    "nothing is shown before the password, a wrong one is told, the right one leads where one wanted to go",
    async () => {
      const { page, context, foreign } = await openPage(browser, stage.url, `${PAGE}?x=1`);
      await page.getByRole("heading", { name: "Log in" }).waitFor();
      expect(new URL(page.url()).pathname).toBe("/admin/login");
      await page.keyboard.type("wrong password");
      await page.keyboard.press("Enter");
      await page.getByRole("alert").waitFor();
      expect(await page.getByRole("alert").textContent()).toStartWith("The password is wrong.");
      await page.keyboard.type(PASSWORD);
      await page.keyboard.press("Enter");
      await page.getByRole("heading", { name: "Managed keys" }).waitFor();
      expect(page.url()).toBe(`${stage.url}${PAGE}?x=1`);
      const cookies = await context.cookies();
      expect(cookies).toMatchObject([{ name: "__dashboard_session", httpOnly: true, sameSite: "Strict" }]);

      await page.getByRole("button", { name: "Log out" }).click();
      await page.getByRole("heading", { name: "Log in" }).waitFor();
      expect(await context.cookies()).toEqual([]);
      expect(foreign).toEqual([]);
      await context.close();
    },
    TIMEOUT_MS,
  );

  test(
    "the login asks for nothing that needs it, and the feed starts behind it",
    async () => {
      const { page, context, problems } = await openPage(browser, stage.url, "/admin/login");
      const asked: string[] = [];
      page.on("request", (request) => asked.push(new URL(request.url()).pathname));
      await page.reload();
      await page.getByLabel("Password or admin token").fill(PASSWORD);
      // Longer than the first retry of a feed that was refused.
      await page.waitForTimeout(1000);
      expect(asked.filter((path) => !path.startsWith("/assets/"))).toEqual(["/admin/login", "/admin/session"]);
      expect(problems).toEqual([]);
      expect(await page.locator(".chip").count()).toBe(0);
      await page.keyboard.press("Enter");
      await page.waitForSelector(".chip-good");
      expect(asked).toContain("/admin/api/live");
      await context.close();
    },
    TIMEOUT_MS,
  );

  test(
    "a link to the login leads to no page of somebody else",
    async () => {
      const { page, context } = await openPage(browser, stage.url, "/admin/login?next=//evil.example/admin/requests");
      await page.getByLabel("Password or admin token").fill(PASSWORD);
      await page.keyboard.press("Enter");
      await page.waitForURL(`${stage.url}/dashboard`);
      await context.close();
    },
    TIMEOUT_MS,
  );

  test(
    "a key is made with the keyboard, shown once, used, changed and revoked",
    async () => {
      const { page, context, foreign } = await logIn();
      await page.getByText("There is no key yet").waitFor();
      await page.getByRole("button", { name: "New key" }).press("Enter");
      await page.keyboard.type("laptop");
      await page.getByLabel("Requests per minute").fill("many");
      await page.keyboard.press("Enter");
      expect(await page.getByRole("alert").textContent()).toContain("must be a whole number");
      await page.getByLabel("Requests per minute").fill("600");
      await page.getByLabel("Models, or prefix*").fill("gpt-5*, o4-mini");
      await page.keyboard.press("Enter");
      const note = page.getByRole("status", { name: "The key laptop" });
      await note.waitFor();
      const secret = (await note.locator("code").first().textContent()) ?? "";
      expect(secret).toMatch(/^mt_[0-9a-f]{64}$/);
      await note.getByRole("button", { name: "I have it" }).press("Enter");
      expect(await page.content()).not.toContain(secret);

      const answer = await fetch(`${stage.url}/openai/v1/chat/completions`, {
        method: "POST",
        headers: { authorization: `Bearer ${secret}`, "content-type": "application/json" },
        body: JSON.stringify({ model: "gpt-5-mini", messages: [] }),
      });
      expect(answer.status).toBe(200);
      const row = page.getByRole("row").filter({ hasText: "laptop" });
      await eventually(
        async () => {
          await page.reload();
          await row.waitFor();
          return (await row.textContent())?.includes("42") === true ? true : undefined;
        },
        "the use of the key",
        20_000,
      );
      expect(await row.textContent()).toContain("gpt-5*, o4-mini");
      expect(await row.textContent()).toContain("600 requests");
      expect(await page.content()).not.toContain(secret);

      await page.getByRole("button", { name: "Edit laptop" }).click();
      await page.getByLabel("Requests per minute").fill("");
      await page.getByLabel("Name").fill("old laptop");
      await page.getByRole("button", { name: "Save" }).press("Enter");
      const renamed = page.getByRole("row").filter({ hasText: "old laptop" });
      await renamed.waitFor();
      expect(await renamed.textContent()).not.toContain("600");

      await page.getByRole("button", { name: "Revoke old laptop", exact: true }).click();
      await page.getByRole("button", { name: "Revoke old laptop for good" }).click();
      await renamed.getByText("revoked").waitFor();
      expect(await renamed.getByRole("button").count()).toBe(0);
      expect(foreign).toEqual([]);
      await context.close();
    },
    TIMEOUT_MS,
  );

  test.each(VIEWS)(
    "at $width px in $scheme nothing sticks out and nothing fails",
    async (view) => {
      const { page, context, problems } = await logIn(view);
      await page.getByRole("button", { name: "New key" }).click();
      await page.getByLabel("Name").fill(`key ${view.width} ${view.scheme}`);
      await page.getByLabel("Providers").fill("openai, anthropic");
      await page.keyboard.press("Enter");
      await page.getByRole("status", { name: /^The key / }).waitFor();
      const width = await page.evaluate(() => document.documentElement.scrollWidth);
      expect(width).toBeLessThanOrEqual(view.width);
      const folder = process.env["MODELTAP_SHOTS"];
      const shoot = (name: string) =>
        folder === undefined
          ? undefined
          : page.screenshot({ path: `${folder}/${name}-${view.width}-${view.scheme}.png`, fullPage: true });
      await shoot("key-made");
      await page.getByRole("button", { name: "I have it" }).click();
      await page.getByRole("button", { name: `Edit key ${view.width} ${view.scheme}` }).click();
      await shoot("keys");
      await page.getByRole("button", { name: "Log out" }).click();
      await page.getByLabel("Password or admin token").waitFor();
      await shoot("login");
      expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(view.width);
      // Refusals before the password are what the page is for.
      expect(problems.filter((problem) => !problem.includes("403"))).toEqual([]);
      await context.close();
    },
    TIMEOUT_MS,
  );
});
