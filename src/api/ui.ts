/** @module Serves the web application: one HTML shell for its pages, hashed assets that never change. */

import { promisify } from "node:util";
import zlib from "node:zlib";
import { ApiError } from "./error.ts";
import type { UiBundle, UiFile } from "./ui-bundle.ts";

const gzip = promisify(zlib.gzip);
const brotli = promisify(zlib.brotliCompress);

/** What every answer of the application carries: it may load and call nothing but its own origin. */
export const UI_HEADERS = {
  "content-security-policy":
    "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self' data:; " +
    "font-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
  "x-content-type-options": "nosniff",
  "referrer-policy": "no-referrer",
  "cross-origin-opener-policy": "same-origin",
  "cross-origin-resource-policy": "same-origin",
} as const;

type Bytes = Uint8Array<ArrayBuffer>;
type Asset = { readonly type: string; readonly plain: Bytes; readonly gzip: Bytes; readonly br: Bytes };
type Ready = { readonly html: string; readonly assets: ReadonlyMap<string, Asset> };

export type UiOptions = {
  /** Called once, at the first page or {@link Ui.warm}. */
  readonly loadBundle: () => Promise<UiBundle>;
};

/** The application, built once in the background and then served from memory. */
export class Ui {
  readonly #options: UiOptions;
  #ready: Promise<Ready> | undefined;

  constructor(options: UiOptions) {
    this.#options = options;
  }

  /** Begins to build without waiting for it. */
  warm(): void {
    this.#load().catch(() => undefined);
  }

  /** The HTML shell; the page it shows is told by the path, in the browser. */
  async serveShell(): Promise<Response> {
    const { html } = await this.#load();
    return new Response(html, {
      headers: { ...UI_HEADERS, "content-type": "text/html; charset=utf-8", "cache-control": "no-store" },
    });
  }

  /** One file of `/assets/`, in the best coding the browser takes. */
  async serveAsset(name: string, acceptEncoding: string): Promise<Response> {
    const asset = (await this.#load()).assets.get(name);
    if (asset === undefined) throw new ApiError("not_found", "There is no such asset; reload the page.");
    const coding = /\bbr\b/.test(acceptEncoding) ? "br" : /\bgzip\b/.test(acceptEncoding) ? "gzip" : undefined;
    return new Response(coding === undefined ? asset.plain : asset[coding], {
      headers: {
        ...UI_HEADERS,
        "content-type": asset.type,
        "cache-control": "public, max-age=31536000, immutable",
        vary: "accept-encoding",
        ...(coding === undefined ? {} : { "content-encoding": coding }),
      },
    });
  }

  #load(): Promise<Ready> {
    this.#ready ??= prepare(this.#options.loadBundle).catch((error: unknown) => {
      this.#ready = undefined;
      throw new ApiError("assets_unavailable", "The pages could not be built; see the log.", { cause: error });
    });
    return this.#ready;
  }
}

async function prepare(loadBundle: () => Promise<UiBundle>): Promise<Ready> {
  const bundle = await loadBundle();
  const assets = await Promise.all(bundle.files.map(async (file) => [file.name, await compress(file)] as const));
  return { html: toHtml(bundle), assets: new Map(assets) };
}

async function compress(file: UiFile): Promise<Asset> {
  const plain = new TextEncoder().encode(file.text);
  const [gz, br] = await Promise.all([
    gzip(plain, { level: 9 }),
    // Level 11 costs twenty times the time of 9 for two percent.
    brotli(plain, { params: { [zlib.constants.BROTLI_PARAM_QUALITY]: 9 } }),
  ]);
  return { type: file.type, plain, gzip: new Uint8Array(gz), br: new Uint8Array(br) };
}

function toHtml(bundle: UiBundle): string {
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta name="robots" content="noindex">
<title>modeltap</title>
<link rel="icon" href="/assets/${bundle.icon}" type="image/svg+xml">
<script src="/assets/${bundle.themeScript}"></script>
<link rel="stylesheet" href="/assets/${bundle.style}">
<script type="module" src="/assets/${bundle.script}"></script>
</head>
<body>
<div id="app"></div>
<noscript>modeltap's pages need JavaScript. The same figures are at <a href="/stats/summary">/stats/summary</a> as JSON.</noscript>
</body>
</html>
`;
}
