// Finds the Bun executable that npm installed, whether or not install scripts were allowed to run.
import { accessSync, closeSync, constants, existsSync, openSync, readSync, statSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";

const require = createRequire(import.meta.url);

/** Packages that may hold the executable on this machine, best first. */
function candidatePackages() {
  const os = { darwin: "darwin", linux: "linux", win32: "windows" }[process.platform] ?? process.platform;
  const cpu = process.arch === "arm64" ? "aarch64" : process.arch;
  const report = process.platform === "linux" ? process.report?.getReport() : undefined;
  const isMusl = report !== undefined && report.header?.glibcVersionRuntime === undefined;
  const names = [`bun-${os}-${cpu}`, `bun-${os}-${cpu}-baseline`];
  return (isMusl ? [`bun-${os}-${cpu}-musl`, `bun-${os}-${cpu}-musl-baseline`, ...names] : names).map(
    (name) => `@oven/${name}`,
  );
}

/** Folders of a package as Node would find it from here, and from the bun package's own dependencies. */
function packageFolders(name) {
  const folders = [];
  for (const from of [undefined, packageFolder("bun")]) {
    try {
      const options = from === undefined ? undefined : { paths: [from] };
      folders.push(dirname(require.resolve(`${name}/package.json`, options)));
    } catch {
      // Not installed: npm leaves out packages of other platforms.
    }
  }
  return folders;
}

function packageFolder(name) {
  try {
    return dirname(require.resolve(`${name}/package.json`));
  } catch {
    return undefined;
  }
}

/** The bun package holds a placeholder text until its install script replaced it: only a real executable counts. */
function isExecutable(path) {
  if (!existsSync(path) || statSync(path).size < 1_000_000) return false;
  const file = openSync(path, "r");
  const magic = Buffer.alloc(4);
  readSync(file, magic, 0, 4, 0);
  closeSync(file);
  const hex = magic.toString("hex");
  if (!(hex === "7f454c46" || hex === "cffaedfe" || hex === "cafebabe" || hex.startsWith("4d5a"))) return false;
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

/** Path of the executable; undefined when none is installed. */
export function findBun() {
  const name = process.platform === "win32" ? "bun.exe" : "bun";
  const paths = candidatePackages()
    .flatMap(packageFolders)
    .map((folder) => join(folder, "bin", name));
  const own = packageFolder("bun");
  if (own !== undefined) paths.push(join(own, "bin", "bun.exe"), join(own, "bin", "bun"));
  return paths.find(isExecutable);
}
