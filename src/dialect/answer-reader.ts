/** @module The incremental reader that all dialects share: bytes → values → draft → reading. */

import type { EventStreamMessage } from "../http/eventstream.ts";
import { findJsonObject, findJsonString, joinBytes, parseJsonBytes } from "../http/json.ts";
import { findRequestModel, toModel } from "./call.ts";
import type { ReadContext, Reader, Reading } from "./dialect.ts";
import { type Accounting, Draft, type Grammar } from "./draft.ts";
import { type Framing, findFraming } from "./framing.ts";
import { findReportedError, isErrorStatus, toTextError } from "./reported-error.ts";
import { defined, toRecord, toText } from "./value.ts";

/** A reader of one answer by the rules of `grammar`. Never throws on foreign data. */
export function createAnswerReader(context: ReadContext, grammar: Grammar): Reader {
  return new AnswerReader(context, grammar);
}

/** Members that come with model output, whatever the dialect. Cost: looked for in the first MiB of a JSON answer. */
const OUTPUT_MEMBER =
  /"(?:content|text|tool_calls|parts|reasoning_content|embeddings?|generations?|completion|outputText|response|b64_json|output_text|generated_text)"\s*:/;
const MAX_OUTPUT_SCAN_BYTES = 1024 * 1024;
const EMPTY = new Uint8Array();

class AnswerReader implements Reader {
  readonly #context: ReadContext;
  readonly #grammar: Grammar;
  readonly #draft: Draft;
  #framing: Framing | undefined;
  #start: Uint8Array = EMPTY;
  #fedBytes = 0;
  #scanCarry = "";
  #wasRescued = false;

  constructor(context: ReadContext, grammar: Grammar) {
    this.#context = context;
    this.#grammar = grammar;
    this.#draft = new Draft(context);
  }

  get hasOutput(): boolean {
    return this.#draft.hasOutput;
  }

  feed(bytes: Uint8Array): void {
    if (bytes.length === 0) return;
    this.#fedBytes += bytes.length;
    if (this.#framing === undefined) this.#begin(bytes, false);
    else this.#framing.feed(bytes);
    if (!this.#draft.hasOutput) this.#scanForOutput(bytes);
  }

  end({ truncated }: { readonly truncated: boolean }): Reading {
    if (this.#framing === undefined && this.#fedBytes > 0) this.#begin(EMPTY, true);
    const isClosed = this.#framing?.end(truncated) ?? false;
    const draft = this.#draft;
    const isWholeJson = this.#framing?.name === "json" && isClosed && !draft.isOpen;
    const rule = draft.rule;
    const raw: Accounting = draft.reported === undefined || rule === undefined ? {} : rule(draft.reported, draft);
    const accounting = this.#grammar.finish?.(draft, raw) ?? raw;
    for (const warning of accounting.warnings ?? []) draft.warn(warning);
    const { usage } = accounting;
    const isFinal = draft.isUsageFinal || isWholeJson;
    const isPartial = truncated || this.#wasRescued ? !isFinal : draft.awaitsUsage;
    const requestModel = findRequestModel(this.#context);
    return {
      ...defined({
        model: toModel(accounting.model) ?? toModel(draft.model) ?? requestModel,
        requestModel,
        responseId: draft.responseId?.slice(0, 500),
        usage,
        reportedCostNanoUsd: accounting.reportedCostNanoUsd,
        serviceTier: accounting.serviceTier ?? draft.serviceTier,
        finishReason: draft.finishReason?.slice(0, 200),
        error: draft.error,
      }),
      usageSource: usage === undefined ? "none" : isPartial ? "partial" : "reported",
      extraUsage: accounting.extraUsage ?? [],
      billable: this.#grammar.isBillable ?? true,
      complete: this.#isComplete(truncated, isClosed),
      warnings: draft.warnings,
    };
  }

  #isComplete(truncated: boolean, isClosed: boolean): boolean {
    const draft = this.#draft;
    const framing = this.#framing;
    if (framing === undefined) return false;
    if (draft.isDone || (framing.name === "json" && isClosed && !draft.isOpen)) return true;
    if (truncated || !isClosed) return false;
    return draft.isStopped || draft.error !== undefined || framing.name === "text" || framing.name === "array";
  }

  /** Holds the first bytes until they tell the framing. */
  #begin(bytes: Uint8Array, isEnd: boolean): void {
    // Some gateways keep a connection alive with spaces and blank lines before the answer.
    const start = joinBytes([this.#start, this.#start.length === 0 ? trimStart(bytes) : bytes]).slice();
    this.#start = start;
    this.#framing = findFraming(start, this.#context.responseContentType, isEnd, {
      wants: (event) => !this.#isSkippable(event) || this.#context.watch?.wants(event) === true,
      onValue: (value, event) => this.#takeValue(value, event),
      onText: (text, event) => this.#takeText(text, event),
      onMessage: (message) => this.#takeMessage(message),
      onBrokenJson: (head, tail) => this.#rescue(head, tail),
      onWarning: (warning) => this.#draft.warn(warning),
    });
    if (this.#framing === undefined) return;
    this.#start = EMPTY;
    this.#framing.feed(start);
  }

  #takeValue(value: unknown, event: string): void {
    const error = findReportedError(value, this.#context) ?? (event === "error" ? findNamelessError(value) : undefined);
    if (error !== undefined) this.#draft.error ??= error;
    const record = toRecord(value);
    if (record === undefined || isErrorStatus(this.#context)) return;
    this.#grammar.take(this.#draft, record, event);
    this.#context.watch?.take(record, event);
  }

  #isSkippable(event: string): boolean {
    return this.#draft.hasOutput && this.#grammar.isSkippable?.(event) === true;
  }

  #takeText(text: string, event: string): void {
    const framing = this.#framing?.name;
    if (framing === "text") {
      if (isErrorStatus(this.#context)) this.#draft.error ??= toTextError(text, this.#context) ?? {};
    } else if (text.trim() === "[DONE]") {
      this.#draft.isDone = true;
    } else if (event === "error" || isErrorStatus(this.#context)) {
      this.#draft.error ??= toTextError(text, this.#context) ?? {};
    } else {
      this.#draft.warn("an event is no JSON");
    }
  }

  /** A Bedrock frame: its event is named in a header, exceptions are frames of their own type. */
  #takeMessage({ headers, payload }: EventStreamMessage): void {
    const kind = headers.get(":message-type");
    const value = parseJsonBytes(payload);
    if (kind === "exception" || kind === "error") {
      const message = headers.get(":error-message") ?? toText(toRecord(value)?.["message"]);
      this.#draft.error ??= defined({
        type: headers.get(":exception-type"),
        code: headers.get(":error-code"),
        message: message?.slice(0, 4000),
      });
      return;
    }
    this.#takeValue(value, headers.get(":event-type") ?? "");
  }

  /** Reads the members that matter out of a JSON text that is broken or was let go. */
  #rescue(head: string, tail: string): void {
    this.#wasRescued = true;
    const found: Record<string, unknown> = {};
    for (const key of RESCUED_OBJECTS) {
      const value = findJsonObject(tail, key) ?? findJsonObject(head, key);
      if (value !== undefined) found[key] = value;
    }
    for (const key of RESCUED_TEXTS) {
      const value = findJsonString(head, key);
      if (value !== undefined) found[key] = value;
    }
    if (Object.keys(found).length > 0) this.#takeValue(found, "");
    this.#draft.isUsageFinal = false;
  }

  #scanForOutput(bytes: Uint8Array): void {
    if (isErrorStatus(this.#context) || this.#fedBytes - bytes.length > MAX_OUTPUT_SCAN_BYTES) return;
    const framing = this.#framing?.name;
    if (framing === "text") this.#draft.hasOutput = true;
    if (framing !== "json") return;
    const text = this.#scanCarry + new TextDecoder("latin1").decode(bytes);
    this.#draft.hasOutput = OUTPUT_MEMBER.test(text);
    this.#scanCarry = text.slice(-32);
  }
}

function trimStart(bytes: Uint8Array): Uint8Array {
  const at = bytes.findIndex((byte) => byte !== 0x20 && byte !== 0x0a && byte !== 0x0d && byte !== 0x09);
  return at === -1 ? EMPTY : bytes.subarray(at);
}

const RESCUED_OBJECTS = ["usage", "usageMetadata", "meta", "timings", "error"] as const;
const RESCUED_TEXTS = ["model", "modelVersion", "service_tier"] as const;

/** `event: error` with data that does not call itself an error. */
function findNamelessError(value: unknown) {
  const record = toRecord(value);
  const message = toText(record?.["message"]) ?? toText(record?.["detail"]);
  return message === undefined ? undefined : defined({ type: toText(record?.["type"]), message });
}
