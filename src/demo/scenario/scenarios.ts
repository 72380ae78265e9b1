/** @module All scenarios of the demo, and how often each is played. */

import type { Scenario } from "../script.ts";
import { ANSWER_FROM_DOCUMENTS } from "./answer-from-documents.ts";
import { DATA_QUESTION } from "./data-question.ts";
import { EXPLAIN_CODE } from "./explain-code.ts";
import { FIX_TEST } from "./fix-test.ts";
import { HOSTILE_NAMES } from "./hostile-names.ts";
import { LOCAL_CHAT } from "./local-chat.ts";
import { SORT_TICKETS } from "./sort-tickets.ts";
import { TRANSLATE } from "./translate.ts";

const [fixRounding, fixTimeZone, fixRetry, fixPaging] = FIX_TEST;
const [dataRegions, dataReturns] = DATA_QUESTION;

/**
 * What each lane of the traffic begins with: short ones among them, so that something is finished at once, and soon
 * each wire format was seen.
 */
export const OPENINGS: readonly (readonly Scenario[])[] = [
  toScenarios([fixRounding, fixTimeZone]),
  toScenarios([LOCAL_CHAT, EXPLAIN_CODE, SORT_TICKETS]),
  toScenarios([dataRegions, TRANSLATE]),
  toScenarios([HOSTILE_NAMES, fixRetry, ANSWER_FROM_DOCUMENTS]),
];

/** Shuffled and played from then on, over and over; coding agents are most of it. */
export const REPERTOIRE: readonly Scenario[] = toScenarios([
  ...FIX_TEST,
  ...FIX_TEST,
  dataRegions,
  dataReturns,
  fixPaging,
  EXPLAIN_CODE,
  EXPLAIN_CODE,
  ANSWER_FROM_DOCUMENTS,
  TRANSLATE,
  SORT_TICKETS,
  LOCAL_CHAT,
]);

function toScenarios(found: readonly (Scenario | undefined)[]): readonly Scenario[] {
  return found.filter((scenario) => scenario !== undefined);
}

export const SCENARIOS: readonly Scenario[] = [...new Set([...OPENINGS.flat(), ...REPERTOIRE])];
