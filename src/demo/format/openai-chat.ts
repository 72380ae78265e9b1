/** @module OpenAI Chat Completions as the fake provider speaks it, with the turns OpenRouter and Groq give it. Sources: their API references, read 2026-11-21. */

import { type JsonRecord, toLastText, toList, toRecord, toAskedSchema, toText } from "../json.ts";
import { pickText } from "../random.ts";
import type { Answer, Ask, DemoFormat, FaultKind } from "./format.ts";
import { toOpenaiError } from "./openai-error.ts";
import { splitText, toEvent } from "./pieces.ts";

export const openaiChat: DemoFormat = {
  id: "openai-chat",
  streamType: "text/event-stream",
  matches: (path) => path.endsWith("/chat/completions"),
  readAsk(_path: string, _query: string, body: JsonRecord): Ask {
    const messages = toList(body["messages"]);
    const isSystem = (message: unknown): boolean => ["system", "developer"].includes(String(toRecord(message)["role"]));
    return {
      model: toText(body["model"]) ?? "gpt-5-mini",
      streaming: body["stream"] === true,
      fixedText: JSON.stringify([messages.filter(isSystem), body["tools"]]),
      messages: messages.filter((message) => !isSystem(message)),
      lastText: toLastText(toRecord(messages.at(-1))["content"]),
      thinks: toText(body["model"])?.startsWith("gpt-5") === true,
      ...toAskedSchema(body["response_format"]),
    };
  },
  toWhole(answer) {
    const call = toCall(answer);
    const message = {
      role: "assistant",
      content: answer.reply.text ?? null,
      ...(call === undefined ? {} : { tool_calls: [call] }),
      refusal: null,
      annotations: [],
    };
    return {
      ...toEnvelope(answer, "chat.completion"),
      choices: [{ index: 0, message, logprobs: null, finish_reason: finishReasonOf(answer) }],
      usage: toUsage(answer),
    };
  },
  toPieces(answer) {
    const { provider, random, reply } = answer;
    const envelope = toEnvelope(answer, "chat.completion.chunk");
    // OpenAI gives the usage only where it was asked for, and then says null in every other chunk.
    const asked = toRecord(answer.body["stream_options"])["include_usage"] === true;
    const isOpenai = !(provider in OWN_WAYS);
    const chunk = (choices: readonly JsonRecord[], rest: JsonRecord = {}): string =>
      toEvent({ ...envelope, choices, ...(isOpenai && asked ? { usage: null } : {}), ...rest });
    const delta = (value: JsonRecord, finishReason: string | null = null, rest: JsonRecord = {}): string =>
      chunk([{ index: 0, delta: value, logprobs: null, finish_reason: finishReason }], rest);
    const call = toCall(answer);
    const last: JsonRecord =
      provider === "groq"
        ? { x_groq: { id: `req_demo${pickText(random, 12)}`, usage: toUsage(answer) } }
        : provider === "openrouter"
          ? { usage: toUsage(answer) }
          : {};
    return [
      ...(provider === "openrouter" ? [": OPENROUTER PROCESSING\n\n", ": OPENROUTER PROCESSING\n\n"] : []),
      delta({ role: "assistant", content: "", refusal: null }),
      ...splitText(random, reply.text ?? "").map((content) => delta({ content })),
      ...(call === undefined
        ? []
        : [
            delta({ tool_calls: [{ index: 0, ...call, function: { name: call.function.name, arguments: "" } }] }),
            ...splitText(random, call.function.arguments).map((text) =>
              delta({ tool_calls: [{ index: 0, function: { arguments: text } }] }),
            ),
          ]),
      delta({}, finishReasonOf(answer), last) +
        (isOpenai && asked ? chunk([], { usage: toUsage(answer) }) : "") +
        "data: [DONE]\n\n",
    ];
  },
  toError: (kind: FaultKind, message: string) => toOpenaiError(kind, message),
};

/** Providers that send usage unasked, each in its own place. */
const OWN_WAYS: Readonly<Record<string, true>> = { openrouter: true, groq: true };

type Call = {
  readonly id: string;
  readonly type: "function";
  readonly function: { readonly name: string; readonly arguments: string };
};

function toCall({ reply, random }: Answer): Call | undefined {
  if (reply.toolCall === undefined) return undefined;
  const { name, input } = reply.toolCall;
  return {
    id: `call_demo${pickText(random, 18)}`,
    type: "function",
    function: { name, arguments: JSON.stringify(input) },
  };
}

function toEnvelope({ ask, random, nowMs, provider }: Answer, object: string): JsonRecord {
  return {
    id: provider === "openrouter" ? `gen-demo-${pickText(random, 20)}` : `chatcmpl-demo${pickText(random, 20)}`,
    ...(provider === "openrouter" ? { provider: "Demo" } : {}),
    object,
    created: Math.floor(nowMs / 1000),
    model: ask.model,
    ...(provider === "openai" ? { service_tier: "default", system_fingerprint: null } : {}),
  };
}

function finishReasonOf({ reply }: Answer): string {
  return reply.toolCall === undefined ? "stop" : "tool_calls";
}

function toUsage({ count, provider }: Answer): JsonRecord {
  const plain = {
    prompt_tokens: count.inputTokens,
    completion_tokens: count.outputTokens,
    total_tokens: count.inputTokens + count.outputTokens,
  };
  if (provider === "groq") {
    const [promptS, completionS] = [count.inputTokens / 20_000, count.outputTokens / 300];
    return {
      queue_time: 0.02,
      prompt_time: promptS,
      completion_time: completionS,
      total_time: promptS + completionS,
      ...plain,
    };
  }
  // OpenAI caches in steps of 128 tokens.
  const cached = Math.floor(count.cacheReadTokens / 128) * 128;
  return {
    ...plain,
    prompt_tokens_details: { cached_tokens: cached, audio_tokens: 0 },
    completion_tokens_details: { reasoning_tokens: count.reasoningTokens, audio_tokens: 0 },
    ...(provider === "openrouter" ? { cost: toDollars(count.inputTokens - cached, cached, count.outputTokens) } : {}),
  };
}

/** OpenRouter reports what it charged; the rates are those of the one model the demo asks it for. */
function toDollars(input: number, cached: number, output: number): number {
  return Number(((input * 3 + cached * 0.3 + output * 15) / 1e6).toFixed(8));
}
