/** @module Tool calls that Qwen models write as tags into their text, parsed as the text comes. */

/** One block: a tool's name and its parameters as they were written, in order. */
export type TaggedCall = {
  readonly name: string;
  readonly parameters: readonly (readonly [key: string, value: string])[];
};

/** `open`: more must come; `complete`: whole blocks and nothing but white space behind them. */
export type TagState = "open" | "complete" | { readonly wrong: string };

/** Begins a block. */
export const CALL_TAG = "<tool_call>";
const FUNCTION_TAG = "<function=";
const PARAMETER_TAG = "<parameter=";
const PARAMETER_END = "</parameter>";
const FUNCTION_END = "</function>";
const CALL_END = "</tool_call>";

/** A name longer than this is none. */
const MAX_NAME_CHARS = 256;

type Place = "outside" | "call" | "name" | "function" | "key" | "value" | "end";

/** Fed with the text from the first block on. Linear, however the text is split; holds what it has not understood yet. */
export class TagParser {
  readonly calls: TaggedCall[] = [];
  #place: Place = "outside";
  #rest = "";
  #name = "";
  #key = "";
  #value: string[] = [];
  #parameters: (readonly [string, string])[] = [];
  #wrong: { readonly wrong: string } | undefined;

  push(text: string): TagState {
    this.#rest += text;
    while (this.#wrong === undefined && this.#step());
    if (this.#wrong !== undefined) return this.#wrong;
    return this.#place === "outside" && this.calls.length > 0 && this.#rest === "" ? "complete" : "open";
  }

  /** False when nothing more can be done with what is here. */
  #step(): boolean {
    switch (this.#place) {
      case "outside":
        if (this.#take(CALL_TAG)) return this.#go("call");
        return this.#isStart(CALL_TAG) ? false : this.#refuse("text after the tagged block");
      case "call":
        if (this.#take(FUNCTION_TAG)) return this.#go("name");
        return this.#isStart(FUNCTION_TAG) ? false : this.#refuse("malformed block");
      case "name":
        return this.#takeName((name) => {
          this.#name = name;
          return /^\S+$/.test(name) ? this.#go("function") : this.#refuse("missing function name");
        });
      case "function":
        if (this.#take(PARAMETER_TAG)) return this.#go("key");
        if (this.#take(FUNCTION_END)) return this.#go("end");
        if (this.#isStart(PARAMETER_TAG) || this.#isStart(FUNCTION_END)) return false;
        return this.#refuse("text between parameters");
      case "key":
        return this.#takeName((name) => {
          this.#key = name.trim();
          return this.#key === "" ? this.#refuse("malformed block") : this.#go("value");
        });
      case "value":
        return this.#takeValue();
      case "end":
        if (!this.#take(CALL_END)) return this.#isStart(CALL_END) ? false : this.#refuse("malformed block");
        this.calls.push({ name: this.#name, parameters: this.#parameters });
        this.#parameters = [];
        return this.#go("outside");
    }
  }

  #go(place: Place): true {
    this.#place = place;
    return true;
  }

  #refuse(wrong: string): false {
    this.#wrong = { wrong };
    return false;
  }

  /** White space before a tag means nothing. */
  #take(tag: string): boolean {
    this.#rest = this.#rest.trimStart();
    if (!this.#rest.startsWith(tag)) return false;
    this.#rest = this.#rest.slice(tag.length);
    return true;
  }

  #isStart(tag: string): boolean {
    return this.#rest.length < tag.length && tag.startsWith(this.#rest);
  }

  #takeName(use: (name: string) => boolean): boolean {
    const end = this.#rest.indexOf(">");
    if (end === -1) return this.#rest.length > MAX_NAME_CHARS ? this.#refuse("malformed block") : false;
    const name = this.#rest.slice(0, end);
    this.#rest = this.#rest.slice(end + 1);
    return use(name);
  }

  /** A value ends at its end tag, whatever other tags it talks about. */
  #takeValue(): boolean {
    const end = this.#rest.indexOf(PARAMETER_END);
    // The end tag may be split: its length less one stays, all before it is surely value.
    const sure = end === -1 ? Math.max(0, this.#rest.length - PARAMETER_END.length + 1) : end;
    this.#value.push(this.#rest.slice(0, sure));
    this.#rest = this.#rest.slice(end === -1 ? sure : end + PARAMETER_END.length);
    if (end === -1) return false;
    this.#parameters.push([this.#key, withoutOuterBreaks(this.#value.join(""))]);
    this.#value = [];
    return this.#go("function");
  }
}

/** The model writes a value on lines of its own: one line break on each side is not part of it. */
function withoutOuterBreaks(value: string): string {
  return value.replace(/^\r?\n/, "").replace(/\r?\n$/, "");
}

/** Where a block begins in a text, or may begin at its end. */
export function findCallTag(text: string): { readonly at: number; readonly isWhole: boolean } | undefined {
  const at = text.indexOf(CALL_TAG);
  if (at !== -1) return { at, isWhole: true };
  for (let length = Math.min(CALL_TAG.length - 1, text.length); length > 0; length--) {
    if (text.endsWith(CALL_TAG.slice(0, length))) return { at: text.length - length, isWhole: false };
  }
  return undefined;
}
