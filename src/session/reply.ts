/** @module What the model said and which tools it called, out of the values of an answer as they come. */

import type { ToolCall } from "../domain/turn.ts";
import { toAnsweredText } from "./conversation.ts";
import { type JsonRecord, toRecord, toRecords, toText } from "./json.ts";

export type Reply = {
  /** As {@link toAnsweredText} has it; absent when nothing was said, or more than is held. */
  readonly text?: string;
  readonly toolCalls: readonly ToolCall[];
  /** Ids of stored items that a later request may refer to. */
  readonly itemIds: readonly string[];
};

/** Text held to compare a later request with; a longer answer is not compared. */
const MAX_TEXT_CHARS = 4 * 1024 * 1024;
const MAX_CALLS = 200;

/** Sees every value that a reader cuts out of one answer. Never throws on foreign data. */
export class ReplyWatch {
  readonly #wantsText: boolean;
  readonly #texts: string[] = [];
  #textChars = 0;
  readonly #calls: { name: string; id?: string }[] = [];
  /** OpenAI's chat streams a call in pieces under its index, per choice. */
  readonly #byIndex = new Map<string, { name: string; id?: string }>();
  readonly #itemIds: string[] = [];
  #hasItems = false;

  /** @param wantsText text is needed to find the next turn; without it, deltas of text need not be parsed */
  constructor(wantsText: boolean) {
    this.#wantsText = wantsText;
  }

  /** False for events that a reader may skip when it has no need of them itself. Responses tell every item once more as a whole. */
  wants(event: string): boolean {
    if (event.startsWith("response.")) return false;
    return this.#wantsText && event !== "ping";
  }

  take(value: unknown, event: string): void {
    const record = toRecord(value);
    if (record === undefined) return;
    const type = toText(record["type"]) ?? event;
    if (type.startsWith("response.")) this.#takeResponseEvent(record, type);
    else if (Array.isArray(record["output"])) this.#takeItems(record["output"]);
    else if (Array.isArray(record["choices"])) this.#takeChoices(record["choices"]);
    else if (Array.isArray(record["candidates"])) this.#takeCandidate(toRecords(record["candidates"])[0]);
    else if (record["response"] !== undefined && toRecord(record["response"])?.["candidates"] !== undefined) {
      this.#takeCandidate(toRecords(toRecord(record["response"])?.["candidates"])[0]);
    } else this.#takeMessageEvent(record);
  }

  end(): Reply {
    const calls = this.#calls.filter(({ name }) => name !== "").slice(0, MAX_CALLS);
    const isHeld = this.#textChars <= MAX_TEXT_CHARS;
    const text = this.#wantsText && isHeld ? toAnsweredText(this.#texts.join(""), calls) : "";
    return { ...(text === "" ? {} : { text }), toolCalls: calls, itemIds: this.#itemIds };
  }

  #takeResponseEvent(record: JsonRecord, type: string): void {
    if (type === "response.output_item.done") {
      this.#hasItems = true;
      this.#takeItems([record["item"]]);
      return;
    }
    const output = toRecord(record["response"])?.["output"];
    // The last event repeats what was told item by item.
    if (!this.#hasItems && Array.isArray(output) && output.length > 0 && type !== "response.created") {
      this.#hasItems = true;
      this.#takeItems(output);
    }
  }

  #takeItems(items: readonly unknown[]): void {
    for (const item of toRecords(items)) {
      const type = toText(item["type"]) ?? "";
      const id = toText(item["id"]);
      if (id !== undefined && this.#itemIds.length < MAX_CALLS) this.#itemIds.push(id.slice(0, 300));
      if (type === "message") this.#takeContent(item["content"]);
      else if (type === "function_call" || type === "custom_tool_call" || type === "local_shell_call") {
        this.#addCall(item["name"] ?? type, item["call_id"] ?? item["id"]);
      }
    }
  }

  /** Only the first choice goes into the next request. */
  #takeChoices(choices: unknown): void {
    for (const choice of toRecords(choices)) {
      if ((choice["index"] ?? 0) !== 0) continue;
      const message = toRecord(choice["delta"]) ?? toRecord(choice["message"]);
      if (message !== undefined) this.#takeChatMessage(message);
    }
  }

  #takeChatMessage(message: JsonRecord): void {
    this.#takeContent(message["content"] ?? message["refusal"]);
    for (const call of toRecords(message["tool_calls"])) {
      const target = toRecord(call["function"]) ?? call;
      const index = call["index"];
      if (typeof index !== "number") {
        this.#addCall(target["name"], call["id"] ?? undefined);
        continue;
      }
      const key = `${index}`;
      const known = this.#byIndex.get(key);
      const name = toText(target["name"]);
      const id = toText(call["id"])?.slice(0, 200);
      if (known === undefined || (name !== undefined && known.name !== "" && id !== undefined && known.id !== id)) {
        const added = this.#addCall(target["name"], call["id"]);
        if (added !== undefined) this.#byIndex.set(key, added);
      } else {
        if (known.name === "" && name !== undefined) known.name = name.slice(0, 200);
        if (known.id === undefined && id !== undefined) known.id = id;
      }
    }
    const legacy = toRecord(message["function_call"]);
    if (toText(legacy?.["name"]) !== undefined) this.#addCall(legacy?.["name"], undefined);
  }

  #takeCandidate(candidate: JsonRecord | undefined): void {
    this.#takeContent(toRecord(candidate?.["content"])?.["parts"]);
  }

  /** Anthropic's events and messages, Bedrock's Converse, Ollama's lines, Cohere's messages. */
  #takeMessageEvent(record: JsonRecord): void {
    const block = toRecord(record["content_block"]);
    if (block !== undefined) {
      this.#takeContent([block]);
      return;
    }
    const start = toRecord(toRecord(record["contentBlockStart"])?.["start"] ?? record["start"]);
    const use = toRecord(start?.["toolUse"]);
    if (use !== undefined) this.#addCall(use["name"], use["toolUseId"]);
    const delta = toRecord(toRecord(record["contentBlockDelta"])?.["delta"] ?? record["delta"]);
    if (typeof delta?.["text"] === "string") this.#addText(delta["text"]);
    const output = toRecord(toRecord(record["output"])?.["message"]);
    if (output !== undefined) this.#takeContent(output["content"]);
    const message = toRecord(record["message"]);
    if (record["type"] === "message_start") return;
    if (message !== undefined) this.#takeChatMessage(message);
    else if (Array.isArray(record["content"])) this.#takeContent(record["content"]);
  }

  #takeContent(content: unknown): void {
    if (typeof content === "string") {
      this.#addText(content);
      return;
    }
    for (const part of toRecords(content)) {
      const type = toText(part["type"]);
      const use = type === "tool_use" ? part : (toRecord(part["toolUse"]) ?? toRecord(part["functionCall"]));
      if (use !== undefined) this.#addCall(use["name"], use["id"] ?? use["toolUseId"]);
      else if (typeof part["text"] === "string" && part["thought"] !== true && type !== "thinking")
        this.#addText(part["text"]);
      else if (typeof part["refusal"] === "string") this.#addText(part["refusal"]);
    }
  }

  #addText(text: string): void {
    if (!this.#wantsText || text === "") return;
    this.#textChars += text.length;
    if (this.#textChars <= MAX_TEXT_CHARS) this.#texts.push(text);
    else this.#texts.length = 0;
  }

  #addCall(name: unknown, id: unknown): { name: string; id?: string } | undefined {
    if (this.#calls.length >= MAX_CALLS) return undefined;
    const known = toText(id)?.slice(0, 200);
    const call = { name: (toText(name) ?? "").slice(0, 200), ...(known === undefined ? {} : { id: known }) };
    this.#calls.push(call);
    return call;
  }
}
