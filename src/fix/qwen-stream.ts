/** @module The same fix on a stream: events from the first tag on are held until the answer's end proves them a tool call. */

import { parseJson } from "../http/json.ts";
import { withData } from "./event.ts";
import type { FixEvent, Verdict } from "./fix.ts";
import type { PromotedCall, Promoter } from "./qwen-promote.ts";
import { CALL_TAG, findCallTag, TagParser } from "./qwen-tags.ts";

type Fields = Readonly<Record<string, unknown>>;

/** A chunk of the one choice that is looked at. */
type Delta = {
  readonly chunk: Fields;
  readonly choice: Fields;
  readonly delta: Fields;
  readonly reasoning: string;
  readonly hasContent: boolean;
  readonly hasToolCalls: boolean;
  readonly finish: string | undefined;
};

/**
 * `pass`: no tag so far. `maybe`: what came last may be the start of one. `tagged`: in a block, or behind one that is
 * whole. `over`: everything passes.
 */
type State = "pass" | "maybe" | "tagged" | "over";

/** Looks at choice 0 alone. */
export class QwenStream {
  readonly #promoter: Promoter;
  #state: State = "pass";
  #hasContent = false;
  /** Text of the events held from the first that may hold a tag. */
  #text = "";
  #before = "";
  #role: unknown;
  #parser = new TagParser();
  /** The event that made the blocks whole, and the calls that they are. */
  #staged: { readonly event: FixEvent; readonly chunk: Fields; readonly calls: readonly PromotedCall[] } | undefined;
  /** Held events that are no part of a block. */
  #aside: Uint8Array[] = [];

  constructor(promoter: Promoter) {
    this.#promoter = promoter;
  }

  take(event: FixEvent): Verdict {
    if (this.#state === "over") return "pass";
    const { data } = event;
    if (data === undefined) return this.#setAside(event);
    const delta = toDelta(data);
    if (delta === undefined) return this.#takeOther(event, data);
    if (delta.hasToolCalls) return this.#leave("a structured tool call appeared beside the tagged block");
    if (delta.hasContent) {
      this.#hasContent = true;
      if (this.#state === "tagged") return this.#leave("assistant content appeared alongside tagged block");
      if (this.#state === "maybe") this.#forget();
    }
    if (delta.reasoning !== "") {
      const refused = this.#takeReasoning(event, delta);
      if (refused !== undefined) return refused;
    }
    if (delta.finish !== undefined) return this.#takeFinish(event, delta);
    if (this.#state === "pass") return "pass";
    if (delta.reasoning === "") this.#aside.push(event.bytes);
    return "hold";
  }

  /** What is held goes out as it came. */
  end(): void {
    if (this.#state === "tagged") this.#leave("the stream ended before the answer did");
  }

  /** Comments keep a connection alive: between held events they wait with them. */
  #setAside(event: FixEvent): Verdict {
    if (this.#state === "pass") return "pass";
    this.#aside.push(event.bytes);
    return "hold";
  }

  /** Usage, `[DONE]`, other choices, and what is no JSON. */
  #takeOther(event: FixEvent, data: string): Verdict {
    if (this.#state !== "tagged") {
      this.#forget();
      return "pass";
    }
    if (this.#staged !== undefined && isControl(data)) return this.#setAside(event);
    return this.#leave(
      this.#staged === undefined ? "the block was interrupted" : "no finish_reason came after the block",
    );
  }

  /** Undefined when the text is (or may be) of a block, or is none and passes. */
  #takeReasoning(event: FixEvent, { chunk, delta, reasoning, hasContent }: Delta): Verdict | undefined {
    if (this.#state !== "tagged") {
      this.#text += reasoning;
      const found = findCallTag(this.#text);
      if (found === undefined) {
        this.#forget();
        return undefined;
      }
      this.#role ??= delta["role"];
      if (!found.isWhole) {
        this.#state = "maybe";
        return undefined;
      }
      if (hasContent || this.#hasContent) return this.#leave("assistant content appeared alongside tagged block");
      this.#state = "tagged";
      this.#before = this.#text.slice(0, found.at);
      return this.#parse(event, chunk, this.#text.slice(found.at));
    }
    return this.#parse(event, chunk, reasoning);
  }

  #parse(event: FixEvent, chunk: Fields, text: string): Verdict | undefined {
    const state = this.#parser.push(text);
    if (typeof state === "object") return this.#leave(state.wrong);
    // Behind whole blocks nothing but white space leaves them whole.
    if (state === "complete" && text.trim() === "" && this.#staged !== undefined) return undefined;
    this.#staged = undefined;
    if (state === "open") return undefined;
    const calls = this.#promoter.promote(this.#parser.calls);
    if ("wrong" in calls) return this.#leave(calls.wrong);
    this.#staged = { event, chunk, calls };
    return undefined;
  }

  #takeFinish(event: FixEvent, { chunk, choice, finish }: Delta): Verdict {
    if (this.#state !== "tagged") {
      this.#state = "over";
      return "pass";
    }
    const staged = this.#staged;
    if (staged === undefined) return this.#leave("malformed block");
    this.#state = "over";
    this.#promoter.report(staged.calls);
    const role = this.#role === undefined ? {} : { role: this.#role };
    const toStaged = (delta: object): Uint8Array => toEvent(staged.event, staged.chunk, delta, null);
    const before = this.#before.trim() === "" ? [] : [toStaged({ ...role, content: this.#before })];
    const calls = staged.calls.map((call, index) => ({ index, ...call }));
    const isStop = finish === "stop" || event === staged.event;
    const last = isStop
      ? toEvent(event, chunk, {}, finish === "stop" ? "tool_calls" : choice["finish_reason"])
      : event.bytes;
    return {
      replace: [
        ...before,
        toStaged(before.length === 0 ? { ...role, tool_calls: calls } : { tool_calls: calls }),
        ...this.#aside,
        last,
      ],
    };
  }

  /** Nothing more is tried in this stream. A warning is due once a whole tag was seen. */
  #leave(wrong: string): Verdict {
    this.#state = "over";
    if (this.#text.includes(CALL_TAG)) this.#promoter.reject(wrong);
    return "pass";
  }

  #forget(): void {
    this.#state = "pass";
    this.#text = "";
    this.#role = undefined;
    this.#aside = [];
  }
}

/** Undefined for all but a chunk of choice 0 alone. */
function toDelta(data: string): Delta | undefined {
  const chunk = toFields(parseJson(data));
  const choices = chunk?.["choices"];
  if (chunk === undefined || !Array.isArray(choices) || choices.length !== 1) return undefined;
  const choice = toFields(choices[0]);
  if (choice === undefined || (choice["index"] ?? 0) !== 0) return undefined;
  const delta = toFields(choice["delta"]) ?? {};
  const { reasoning_content: first, reasoning: second, content, tool_calls: calls } = delta;
  const reasoning = typeof first === "string" ? first : second;
  const finish = choice["finish_reason"];
  return {
    chunk,
    choice,
    delta,
    reasoning: typeof reasoning === "string" ? reasoning : "",
    hasContent: typeof content === "string" && content.trim() !== "",
    hasToolCalls: Array.isArray(calls) && calls.length > 0,
    finish: typeof finish === "string" ? finish : undefined,
  };
}

/** A chunk without choices: usage, or what a server tells of itself. */
function isControl(data: string): boolean {
  const chunk = toFields(parseJson(data));
  const choices = chunk?.["choices"];
  return chunk !== undefined && (choices === undefined || (Array.isArray(choices) && choices.length === 0));
}

function toEvent(like: FixEvent, chunk: Fields, delta: object, finish: unknown): Uint8Array {
  const [choice] = chunk["choices"] as readonly Fields[];
  return withData(like, JSON.stringify({ ...chunk, choices: [{ ...choice, delta, finish_reason: finish }] }));
}

function toFields(value: unknown): Fields | undefined {
  return typeof value === "object" && value !== null && !Array.isArray(value) ? (value as Fields) : undefined;
}
