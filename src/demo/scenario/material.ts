/** @module Made-up files and logs of some length, so that the histories of demo sessions grow as real ones do. */

const FOLDERS = ["api", "billing", "cart", "mail", "orders", "search", "shipping", "users"];
const THINGS = ["address", "batch", "coupon", "discount", "invoice", "ledger", "price", "refund", "stock", "tax"];

/** A list of paths of a web shop of that name. */
export function toFileTree(project: string): string {
  const lines = FOLDERS.flatMap((folder, at) =>
    THINGS.filter((_, index) => (index + at) % 3 !== 0).flatMap((thing) => [
      `${project}/src/${folder}/${thing}.ts`,
      `${project}/test/${folder}/${thing}.test.ts`,
    ]),
  );
  return lines.join("\n");
}

/** A numbered source file as an agent's read tool shows it; the lines given stand in its middle. */
export function toSourceFile(name: string, middle: readonly string[]): string {
  const lines = [
    `// ${name}`,
    'import { round } from "../money.ts";',
    ...THINGS.slice(0, 6).flatMap((thing) => toFunction(name, thing)),
    ...middle,
    ...THINGS.slice(6).flatMap((thing) => toFunction(name, thing)),
  ];
  return lines.map((line, index) => `${String(index + 1).padStart(4)}\t${line}`).join("\n");
}

function toFunction(name: string, thing: string): readonly string[] {
  const title = thing[0]?.toUpperCase() + thing.slice(1);
  return [
    "",
    `/** The ${thing} of one ${name.replace(/^.*\/|\.\w+$/g, "")} row, in cents. */`,
    `export function find${title}(row: Row, rates: Rates): number | undefined {`,
    `  const rate = rates.${thing}[row.country];`,
    "  if (rate === undefined) return undefined;",
    `  const ${thing} = row.lines.reduce((sum, line) => sum + line.cents * rate, 0);`,
    `  return round(${thing});`,
    "}",
  ];
}

/** What a test runner prints: the file's tests, and how the one named ended. */
export function toTestLog(file: string, name: string, failure: string | undefined): string {
  const passed = THINGS.map((thing, index) => `(pass) ${file} > reads the ${thing} of a row [${index * 3 + 1}.20ms]`);
  const count = passed.length + (failure === undefined ? 1 : 0);
  return [
    `${file}:`,
    ...passed,
    failure === undefined ? `(pass) ${file} > ${name} [2.10ms]` : `(fail) ${file} > ${name} [2.31ms]\n${failure}`,
    "",
    ` ${count} pass`,
    ` ${failure === undefined ? 0 : 1} fail`,
    `Ran ${passed.length + 1} tests across 1 file.`,
  ].join("\n");
}
