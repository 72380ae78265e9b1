/** @module From what a reader understood to the columns of an exchange, priced. */

import type { ReportedError, Reading } from "../dialect/dialect.ts";
import type { Exchange, ExchangeKind } from "../domain/exchange.ts";
import type { Cost } from "../domain/money.ts";
import type { HeadEntry } from "../journal/entry.ts";
import type { Pricer } from "../price/price.ts";
import { toPriceInput } from "../price/price-input.ts";

export type ReadingColumns = Pick<
  Exchange,
  | "requestModel"
  | "responseModel"
  | "responseId"
  | "finishReason"
  | "usage"
  | "usageSource"
  | "extraUsage"
  | "serviceTier"
  | "reportedCostNanoUsd"
>;

/** Longest text taken over from an error body. */
const MAX_ERROR_CHARS = 2000;

/** @param isAnswered some answer bytes came: without them the model named is only the one asked for */
export function toReadingColumns(reading: Reading | undefined, isAnswered: boolean): ReadingColumns {
  if (reading === undefined) return { usageSource: "none" };
  const { requestModel, responseId, finishReason, usage, serviceTier, reportedCostNanoUsd } = reading;
  const responseModel = isAnswered ? reading.model : undefined;
  return {
    usageSource: reading.usageSource,
    ...(requestModel === undefined ? {} : { requestModel }),
    ...(responseModel === undefined ? {} : { responseModel }),
    ...(responseId === undefined ? {} : { responseId }),
    ...(finishReason === undefined ? {} : { finishReason }),
    ...(usage === undefined ? {} : { usage }),
    ...(reading.extraUsage.length === 0 ? {} : { extraUsage: reading.extraUsage }),
    ...(serviceTier === undefined ? {} : { serviceTier }),
    ...(reportedCostNanoUsd === undefined ? {} : { reportedCostNanoUsd }),
  };
}

/** Our own code says why the exchange broke; else the provider's own words are taken over. */
export function toErrorColumns(
  own: { readonly errorCode?: string; readonly errorMessage?: string } | undefined,
  reported: ReportedError | undefined,
): Pick<Exchange, "errorCode" | "errorMessage"> {
  const errorCode = own?.errorCode ?? reported?.type ?? reported?.code;
  const errorMessage = own?.errorCode === undefined ? reported?.message : (own.errorMessage ?? reported?.message);
  return {
    ...(errorCode === undefined ? {} : { errorCode: errorCode.slice(0, 200) }),
    ...(errorMessage === undefined ? {} : { errorMessage: errorMessage.slice(0, MAX_ERROR_CHARS) }),
  };
}

/** Undefined where there is nothing to price: no usage on a call that is no generation. */
export function findCost(
  pricer: Pricer | undefined,
  head: HeadEntry,
  kind: ExchangeKind,
  reading: Reading | undefined,
  columns: ReadingColumns,
): Cost | undefined {
  if (pricer === undefined || reading === undefined) return undefined;
  const { usage, extraUsage, reportedCostNanoUsd } = columns;
  const isPriced = usage !== undefined || extraUsage !== undefined || reportedCostNanoUsd !== undefined;
  if (!isPriced && kind !== "generation") return undefined;
  const input = toPriceInput(
    { ...columns, provider: head.provider },
    { local: head.local, billable: reading.billable },
  );
  try {
    return pricer.price(input);
  } catch (error) {
    // Prices can be computed again later; the row cannot be read again.
    return { confidence: "unknown", notes: [`pricing failed: ${error instanceof Error ? error.message : "fault"}`] };
  }
}
