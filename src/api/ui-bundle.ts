/** @module The web application as files: built from web/ by Bun's bundler, or embedded in the executable. */

import { fileURLToPath } from "node:url";

export type UiFile = {
  /** Path under `/assets/`, with the hash of its content. */
  readonly name: string;
  readonly type: string;
  readonly text: string;
};

export type UiBundle = {
  readonly files: readonly UiFile[];
  /** Names of the files that the page loads. */
  readonly script: string;
  readonly style: string;
  /** Runs before the first paint, so that a chosen theme does not flash. */
  readonly themeScript: string;
  readonly icon: string;
};

/**
 * Builds the application from its sources: about a tenth of a second, so nothing is cached on disk.
 * @throws AggregateError with the bundler's messages.
 */
export async function buildUi(webDirectory = fileURLToPath(new URL("../../web/", import.meta.url))): Promise<UiBundle> {
  const result = await Bun.build({
    entrypoints: [`${webDirectory}main.tsx`, `${webDirectory}theme-boot.ts`],
    target: "browser",
    minify: true,
    splitting: true,
    naming: { entry: "[name]-[hash].[ext]", chunk: "later-[name]-[hash].[ext]", asset: "[name]-[hash].[ext]" },
    define: { "process.env.NODE_ENV": '"production"' },
    throw: true,
  });
  const built = await Promise.all(
    result.outputs.map(async (output): Promise<UiFile> => {
      const name = output.path.replace(/^.*\//, "");
      return { name, type: toContentType(name), text: await output.text() };
    }),
  );
  const iconText = await Bun.file(`${webDirectory}icon.svg`).text();
  const icon = `icon-${Bun.hash(iconText).toString(36)}.svg`;
  const files = [...built, { name: icon, type: toContentType(icon), text: iconText }];
  return {
    files,
    icon,
    script: getName(files, /^main-.*\.js$/),
    style: getName(files, /\.css$/),
    themeScript: getName(files, /^theme-boot-.*\.js$/),
  };
}

/**
 * The source of a module that replaces `ui-embedded.ts` when the executable is made, so that the
 * executable needs neither the sources nor the bundler.
 */
export function toEmbeddedModule(bundle: UiBundle): string {
  return `export const embeddedUi = ${JSON.stringify(bundle)};\n`;
}

function getName(files: readonly UiFile[], pattern: RegExp): string {
  const found = files.find((file) => pattern.test(file.name));
  if (found === undefined) throw new Error(`the bundler made no file like ${pattern.source}`);
  return found.name;
}

function toContentType(name: string): string {
  if (name.endsWith(".css")) return "text/css; charset=utf-8";
  if (name.endsWith(".svg")) return "image/svg+xml";
  return "text/javascript; charset=utf-8";
}
