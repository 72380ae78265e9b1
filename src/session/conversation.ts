/** @module A request's messages as groups of the two sides, whatever the wire format, in a form that survives re-sending. */

import type { ToolCall, ToolResult } from "../domain/turn.ts";
import { type JsonRecord, toRecord, toRecords, toText } from "./json.ts";

/** Messages of one side in a row. `text` is what is compared: see {@link toAnsweredText} for the model's side. */
export type Group = {
  readonly side: "asked" | "answered";
  readonly text: string;
  readonly calls: readonly ToolCall[];
  readonly results: readonly ToolResult[];
};

export type Conversation = { readonly system: string; readonly groups: readonly Group[] };

/** What the model's side says, so that it is the same however an answer was streamed and re-sent. */
export function toAnsweredText(text: string, calls: readonly ToolCall[]): string {
  // Clients drop reasoning, trim and re-wrap; words and calls they keep.
  const words = withoutSpace(text.includes("<think>") ? text.replaceAll(/<think>[\s\S]*?<\/think>/g, "") : text);
  return calls.length === 0
    ? words
    : `${words}\u0001${calls.map(({ name, id }) => `${name}#${id ?? ""}`).join("\u0001")}`;
}

/** Shorter texts are left to the regular expression: setting up costs more than it saves. */
const LONG_TEXT_CHARS = 256;
/** All that `\s` means beyond ASCII. */
const WIDE_SPACE = /[\u00a0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000\ufeff]/;
const encoder = new TextEncoder();
const decoder = new TextDecoder("utf-8", { ignoreBOM: true });

/** Cost: 1.2 ns a character; the regular expression makes a piece of each word, for more than twice that. */
function withoutSpace(text: string): string {
  if (text.length < LONG_TEXT_CHARS) return text.replaceAll(/\s+/g, "");
  const bytes = encoder.encode(text);
  const isAscii = bytes.length === text.length;
  // Half a surrogate pair would not survive the way through bytes.
  if (!isAscii && (WIDE_SPACE.test(text) || !text.isWellFormed())) return text.replaceAll(/\s+/g, "");
  let end = 0;
  // An iterator over the bytes is ten times slower.
  for (let at = 0; at < bytes.length; at++) {
    const byte = bytes[at] ?? 0;
    if (byte !== 0x20 && (byte < 0x09 || byte > 0x0d)) bytes[end++] = byte;
  }
  return end === bytes.length ? text : decoder.decode(bytes.subarray(0, end));
}

/** Undefined when the body has no messages. */
export function toConversation(body: JsonRecord | undefined): Conversation | undefined {
  if (body === undefined) return undefined;
  const root = toRoot(body);
  const messages = findMessages(root);
  if (messages.length === 0) return undefined;
  const system = [root["system"], root["instructions"], root["systemInstruction"], root["system_instruction"]].map(
    toPlainText,
  );
  const groups: GroupDraft[] = [];
  for (const message of messages) {
    const role = toText(message["role"]) ?? "";
    if (groups.length === 0 && (role === "system" || role === "developer")) {
      system.push(toPlainText(message["content"]));
      continue;
    }
    const side = isAnswered(message, role) ? "answered" : "asked";
    let group = groups.at(-1);
    if (group?.side !== side) {
      group = { side, texts: [], calls: [], results: [] };
      groups.push(group);
    }
    takeMessage(group, message);
  }
  if (groups.length === 0) return undefined;
  return { system: system.filter((text) => text !== "").join("\n"), groups: groups.map(finishGroup) };
}

/** The model's last turn and what follows it: all that is new. Cost: as little as they are long, however long the history. */
export function toLastTurn(body: JsonRecord | undefined): Conversation | undefined {
  const messages = body === undefined ? [] : findMessages(toRoot(body));
  let from = messages.length;
  while (from > 0 && !isModels(messages[from - 1])) from -= 1;
  while (from > 0 && isModels(messages[from - 1])) from -= 1;
  return toConversation({ messages: messages.slice(from) });
}

function isModels(message: JsonRecord | undefined): boolean {
  return message !== undefined && isAnswered(message, toText(message["role"]) ?? "");
}

/** Gemini's Code Assist wraps the request. */
function toRoot(body: JsonRecord): JsonRecord {
  return body["contents"] === undefined ? (toRecord(body["request"]) ?? body) : body;
}

type GroupDraft = {
  readonly side: Group["side"];
  readonly texts: string[];
  readonly calls: ToolCall[];
  readonly results: ToolResult[];
};

function finishGroup({ side, texts, calls, results }: GroupDraft): Group {
  const text = side === "answered" ? toAnsweredText(texts.join(""), calls) : texts.join("\n");
  return { side, text, calls, results };
}

/** Chat and Anthropic `messages`, Responses `input`, Gemini `contents`. */
function findMessages(root: JsonRecord): readonly JsonRecord[] {
  if (typeof root["input"] === "string") return [{ role: "user", content: root["input"] }];
  for (const member of ["messages", "input", "contents"]) {
    const messages = toRecords(root[member]);
    if (messages.length > 0) return messages;
  }
  return [];
}

const ANSWERED_ITEMS: ReadonlySet<string> = new Set([
  "function_call",
  "custom_tool_call",
  "local_shell_call",
  "reasoning",
  "item_reference",
]);

function isAnswered(message: JsonRecord, role: string): boolean {
  if (role === "assistant" || role === "model") return true;
  return role === "" && ANSWERED_ITEMS.has(toText(message["type"]) ?? "");
}

function takeMessage(group: GroupDraft, message: JsonRecord): void {
  const type = toText(message["type"]);
  if (type === "reasoning" || type === "item_reference") return;
  if (type === "function_call" || type === "custom_tool_call" || type === "local_shell_call") {
    addCall(group, message["name"] ?? type, message["call_id"] ?? message["id"]);
    return;
  }
  if (type !== undefined && type.endsWith("_call_output")) {
    addResult(group, message["call_id"], undefined, false, message["output"]);
    return;
  }
  if (message["role"] === "tool") {
    addResult(group, message["tool_call_id"], message["name"] ?? message["tool_name"], false, message["content"]);
    return;
  }
  takeContent(group, message["content"] ?? message["parts"]);
  for (const call of toRecords(message["tool_calls"]))
    addCall(group, toRecord(call["function"])?.["name"] ?? call["name"], call["id"]);
  const legacy = toRecord(message["function_call"]);
  if (legacy !== undefined) addCall(group, legacy["name"], undefined);
}

function takeContent(group: GroupDraft, content: unknown): void {
  if (typeof content === "string") {
    group.texts.push(content);
    return;
  }
  for (const part of toRecords(content)) takePart(group, part);
}

/** One part of Anthropic's, OpenAI's, Gemini's or Bedrock's content. */
function takePart(group: GroupDraft, part: JsonRecord): void {
  const type = toText(part["type"]);
  const isThought =
    type === "thinking" ||
    type === "redacted_thinking" ||
    part["thought"] === true ||
    part["reasoningContent"] !== undefined;
  if (isThought || part["cachePoint"] !== undefined) return;
  const call = type === "tool_use" ? part : (toRecord(part["toolUse"]) ?? toRecord(part["functionCall"]));
  if (call !== undefined) {
    addCall(group, call["name"], call["id"] ?? call["toolUseId"]);
    return;
  }
  const result = type === "tool_result" ? part : (toRecord(part["toolResult"]) ?? toRecord(part["functionResponse"]));
  if (result !== undefined) {
    const isError = result["is_error"] === true || result["status"] === "error";
    const id = result["tool_use_id"] ?? result["toolUseId"] ?? result["id"];
    addResult(group, id, result["name"], isError, result["content"] ?? result["response"]);
    return;
  }
  const text = part["text"] ?? part["refusal"];
  if (typeof text === "string") group.texts.push(text);
  // Images, files and what is yet unknown: on the asking side the exact value counts, on the other it is not re-sent alike.
  else if (group.side === "asked") group.texts.push(toStableText(part));
}

function addCall(group: GroupDraft, name: unknown, id: unknown): void {
  const known = toText(id)?.slice(0, 200);
  group.calls.push({ name: (toText(name) ?? "unknown").slice(0, 200), ...(known === undefined ? {} : { id: known }) });
}

function addResult(group: GroupDraft, id: unknown, name: unknown, isError: boolean, content: unknown): void {
  const known = toText(id)?.slice(0, 200);
  const knownName = toText(name)?.slice(0, 200);
  group.results.push({
    ...(known === undefined ? {} : { id: known }),
    ...(knownName === undefined ? {} : { name: knownName }),
    ...(isError ? { isError } : {}),
  });
  group.texts.push(`\u0001${known ?? ""}\u0001${toPlainText(content) || toStableText(content)}`);
}

/** Text of a string, of a list of parts, or of an object that holds one of them. */
function toPlainText(value: unknown): string {
  if (typeof value === "string") return value;
  const parts = toRecords(Array.isArray(value) ? value : (toRecord(value)?.["parts"] ?? value));
  return parts.map((part) => (typeof part["text"] === "string" ? part["text"] : "")).join("\n");
}

/** Where a client asks for caching moves from turn to turn and changes nothing of what is said. */
function toStableText(value: unknown): string {
  return JSON.stringify(value, (name, member: unknown) => (name === "cache_control" ? undefined : member)) ?? "";
}
