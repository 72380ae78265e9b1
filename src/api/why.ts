/** @module Why a row is odd (no usage, no price, refused, slow, cut), in words, with what to do. */

import { ERROR_CODES } from "../domain/error.ts";
import type { Exchange } from "../domain/exchange.ts";
import type { Why } from "./contract.ts";

/** A first byte later than this is worth a word; reasoning models without streaming take this long rightly. */
export const SLOW_FIRST_BYTE_MS = 30_000;
/** More than this of our own time on one exchange is our fault, not the network's. */
export const SLOW_OVERHEAD_MS = 50;

/** All that is odd about an exchange, worst first. Empty for a plain row. Pure. */
export function explainOddities(exchange: Exchange): readonly Why[] {
  const found = [
    explainEnd(exchange),
    explainStatus(exchange),
    explainQuarantine(exchange),
    explainUsage(exchange),
    explainPrice(exchange),
    ...explainTruncation(exchange),
    explainRetries(exchange),
    explainFixes(exchange),
    ...explainSlowness(exchange),
  ].filter((why) => why !== undefined);
  return found.sort((a, b) => RANK[a.severity] - RANK[b.severity]);
}

const RANK = { error: 0, warning: 1, note: 2 } as const;

function explainEnd(exchange: Exchange): Why | undefined {
  if (exchange.state === "interrupted") {
    return {
      code: "interrupted",
      severity: "error",
      text: "modeltap stopped while this request was in flight; what had arrived until then was kept.",
    };
  }
  if (exchange.state === "aborted") {
    return exchange.endedBy === undefined || exchange.endedBy === "client"
      ? {
          code: "aborted_by_client",
          severity: "warning",
          text: "The client closed the connection before the answer was complete.",
          fix: "Look for a timeout or a stop button on the client's side. The provider may still bill what it made.",
        }
      : {
          code: `aborted_by_${exchange.endedBy}`,
          severity: "warning",
          text: `The answer was cut short by ${exchange.endedBy === "upstream" ? "the upstream" : "the proxy"}.`,
        };
  }
  const facts = findErrorFacts(exchange.errorCode);
  if (exchange.state !== "failed" || facts === undefined) return undefined;
  const refused = exchange.attempts.length === 0;
  return {
    code: refused ? "refused" : "failed_on_the_way",
    severity: "error",
    text: refused
      ? `modeltap refused this request (${exchange.errorCode}); nothing was sent upstream.`
      : `No complete answer came from upstream (${exchange.errorCode}).`,
    fix: facts.hint,
  };
}

function findErrorFacts(code: string | undefined): { readonly hint: string } | undefined {
  return code !== undefined && Object.hasOwn(ERROR_CODES, code)
    ? ERROR_CODES[code as keyof typeof ERROR_CODES] // checked by hasOwn on the line before
    : undefined;
}

const STATUS_FIXES: Readonly<Record<number, string>> = {
  401: "The provider did not accept the key the client sent; modeltap forwards credentials as they are.",
  403: "The provider knows the key but does not allow this call with it.",
  404: "The provider has no such model or path; check the model's name and the base URL.",
  413: "The request is larger than the provider accepts.",
  429: "The provider limits the rate or the budget of this key; its answer says for how long.",
  529: "The provider is overloaded; clients usually try again by themselves.",
};

function explainStatus(exchange: Exchange): Why | undefined {
  const status = exchange.statusCode;
  if (findErrorFacts(exchange.errorCode)) return undefined;
  if (status === undefined || status < 400) {
    return exchange.state === "failed" && exchange.errorMessage !== undefined
      ? {
          code: "error_in_answer",
          severity: "error",
          text: `The answer carries an error: ${exchange.errorMessage}`,
        }
      : undefined;
  }
  const fix = STATUS_FIXES[status];
  return {
    code: "upstream_status",
    severity: "error",
    text: `The upstream answered ${status}.`,
    ...(fix === undefined ? {} : { fix }),
  };
}

function explainQuarantine(exchange: Exchange): Why | undefined {
  const warning = exchange.warnings.find((line) => /quarantin/i.test(line));
  return warning === undefined
    ? undefined
    : {
        code: "quarantined",
        severity: "error",
        text: "Reading this exchange failed more than once, so only its frame was kept.",
        fix: "This is a fault of modeltap; please report it with the warning below.",
      };
}

function explainUsage(exchange: Exchange): Why | undefined {
  if (exchange.kind !== "generation" || exchange.state === "pending") return undefined;
  if (exchange.usageSource === "partial") {
    return {
      code: "partial_usage",
      severity: "warning",
      text: "The answer ended before its final token count; the figures are what had been reported until then.",
    };
  }
  if (exchange.usageSource === "reported" || (exchange.statusCode ?? 0) >= 400 || exchange.state !== "completed") {
    return undefined;
  }
  const asked = exchange.edits.some((edit) => edit.kind.includes("include_usage"));
  if (exchange.streaming && exchange.dialect === "openai-chat" && !asked) {
    return {
      code: "stream_without_usage",
      severity: "warning",
      text: "A stream of this format reports tokens only when stream_options.include_usage is true, and it was not.",
      fix: "Set it in the client, or let modeltap ask for it: include_usage for this provider in config.toml.",
    };
  }
  return {
    code: "no_usage",
    severity: "warning",
    text: "The answer carried no token counts that modeltap knows how to read.",
    fix: "See the warnings and the answer's body; if the counts are there, please report the format.",
  };
}

function explainPrice(exchange: Exchange): Why | undefined {
  const { cost, usage } = exchange;
  if (exchange.kind !== "generation" || exchange.state === "pending" || usage === undefined) return undefined;
  const model = exchange.responseModel ?? exchange.requestModel;
  if (cost?.totalNanoUsd === undefined) {
    return {
      code: "unpriced",
      severity: "warning",
      text: `There is no price for ${model === undefined ? "a request without a model name" : `"${model}"`}, so its cost is unknown.`,
      ...(model === undefined
        ? {}
        : {
            fix:
              `Add it to pricing.json, USD per million tokens: ${JSON.stringify(model)}: {"input": 1.00, "output": 2.00}. ` +
              "Requests of the last days then get their cost within seconds; older ones with: modeltap prices backfill --all",
          }),
    };
  }
  if (cost.confidence !== "prefix") return undefined;
  return {
    code: "price_by_prefix",
    severity: "note",
    text: `Priced by the prefix ${cost.priceKey === undefined ? "of a name" : `"${cost.priceKey}"`}, not by the model's full name.`,
    fix: "Add the full name to pricing.json if the figure matters.",
  };
}

function explainTruncation(exchange: Exchange): readonly Why[] {
  return (["request", "response"] as const)
    .filter((side) => exchange[side].truncated === true)
    .map((side) => ({
      code: `${side}_truncated`,
      severity: "note" as const,
      text: `Only the head and the tail of the ${side}'s body were kept; every byte was forwarded, and usage was read to the end.`,
      fix: "Raise the capture limit to keep longer bodies whole.",
    }));
}

function explainRetries(exchange: Exchange): Why | undefined {
  const count = exchange.attempts.length;
  return count < 2
    ? undefined
    : { code: "retried", severity: "note", text: `It took ${count} attempts; they are listed below.` };
}

function explainFixes({ fixes }: Exchange): Why | undefined {
  const [first] = fixes?.warnings ?? [];
  if (first === undefined) return undefined;
  return {
    code: "fix_warned",
    severity: "warning",
    text: `A compatibility fix left the answer, or part of it, as it came: ${first.text}.`,
    fix: "Compare what the upstream sent with what the client expects; the fixes are set on the route or the provider.",
  };
}

function explainSlowness(exchange: Exchange): readonly Why[] {
  const { ttfbMs, overheadMs } = exchange.timing;
  const slow: Why[] = [];
  if (ttfbMs !== undefined && ttfbMs > SLOW_FIRST_BYTE_MS) {
    slow.push({
      code: "slow_first_byte",
      severity: "note",
      text: `The upstream took ${(ttfbMs / 1000).toFixed(1)} s to begin its answer.`,
    });
  }
  if (overheadMs !== undefined && overheadMs > SLOW_OVERHEAD_MS) {
    slow.push({
      code: "slow_proxy",
      severity: "warning",
      text: `modeltap itself took ${Math.round(overheadMs)} ms of this exchange; usually it takes under one.`,
      fix: "Look at the load of this machine and its disk.",
    });
  }
  return slow;
}
