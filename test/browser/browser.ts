/** @module A real browser for tests: an installed Chromium, watched for errors and for requests that leave our origin. */

import { existsSync } from "node:fs";
import { type Browser, type BrowserContext, chromium, type Page } from "playwright-core";

const PLACES = [
  process.env["MODELTAP_CHROMIUM"] ?? "",
  "/usr/bin/chromium",
  "/usr/bin/chromium-browser",
  "/usr/bin/google-chrome",
  "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
];

/** Path of an installed browser; undefined skips the browser tests, unless MODELTAP_BROWSER_TESTS=1 demands them. */
export function findBrowser(): string | undefined {
  const found = PLACES.find((place) => place !== "" && existsSync(place));
  if (found === undefined && process.env["MODELTAP_BROWSER_TESTS"] === "1") {
    throw new Error("MODELTAP_BROWSER_TESTS=1 but no Chromium is installed; name one in MODELTAP_CHROMIUM");
  }
  return process.env["MODELTAP_BROWSER_TESTS"] === "0" ? undefined : found;
}

export async function launchBrowser(): Promise<Browser> {
  const executablePath = findBrowser();
  if (executablePath === undefined) throw new Error("no browser");
  return chromium.launch({
    executablePath,
    args: ["--no-sandbox", "--disable-gpu", "--disable-background-networking"],
  });
}

export type Watched = {
  readonly page: Page;
  readonly context: BrowserContext;
  /** Uncaught errors, errors on the console and refused content. */
  readonly problems: string[];
  /** Requests to anything but the origin under test. */
  readonly foreign: string[];
};

/** Long for a page, short enough to fail before the test does. */
const WAIT_MS = 10_000;

export type View = { readonly width: number; readonly height: number; readonly scheme: "light" | "dark" };

export const DESKTOP: View = { width: 1440, height: 900, scheme: "light" };

/** A fresh page at `path`, shown when its first content stands. */
export async function openPage(browser: Browser, origin: string, path: string, view: View = DESKTOP): Promise<Watched> {
  const context = await browser.newContext({
    viewport: { width: view.width, height: view.height },
    colorScheme: view.scheme,
  });
  const page = await context.newPage();
  page.setDefaultTimeout(WAIT_MS);
  const problems: string[] = [];
  const foreign: string[] = [];
  page.on("pageerror", (error) => problems.push(`uncaught: ${error.message}`));
  page.on("console", (message) => {
    if (message.type() === "error") problems.push(`console: ${message.text()}`);
  });
  page.on("request", (request) => {
    if (!request.url().startsWith(`${origin}/`) && !request.url().startsWith("data:")) foreign.push(request.url());
  });
  await page.goto(origin + path);
  await page.waitForSelector("main h1, main h2, main [role=grid]", { state: "attached" });
  return { page, context, problems, foreign };
}
