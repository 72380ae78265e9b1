/** @module A process that writes exchanges until it is killed and says which heads and ends had settled. */

import { writeSync } from "node:fs";
import { bodyOf, endOf, headOf, idOf, openJournal, patternOf, responseHeadOf } from "./journal.ts";

const [directory = ""] = process.argv.slice(2);
const journal = openJournal(directory, { logSegmentBytes: 20_000, bodySegmentBytes: 200_000, bursts: true });
const say = (text: string): void => void writeSync(1, `${text}\n`);
const parent = process.ppid;
// Whoever started it may be gone: then nobody will end it any more.
for (let number = 1; number % 100 !== 0 || process.ppid === parent; number++) {
  const id = idOf(number);
  journal.head(headOf(id));
  await journal.settled();
  say(`head ${number}`);
  journal.body(bodyOf(id, patternOf(number % 5000, number), { side: "request" }));
  journal.responseHead(responseHeadOf(id));
  journal.body(bodyOf(id, patternOf((number * 37) % 20_000, number)));
  journal.end(endOf(id));
  await journal.settled();
  say(`end ${number}`);
}
