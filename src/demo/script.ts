/** @module What a demo session is made of: what a person or a tool says, and what the fake model answers to it. */

/** Which client program a session plays. */
export type ClientId =
  | "claude-code"
  | "claude-code-subscription"
  | "codex"
  | "opencode"
  | "gemini-cli"
  | "openai-sdk"
  | "openrouter-sdk"
  | "groq-sdk"
  | "ollama";

export type ToolCall = { readonly name: string; readonly input: Readonly<Record<string, unknown>> };

/** What the fake model says; at least one of text and tool call. */
export type Reply = {
  readonly thinking?: string;
  readonly text?: string;
  readonly toolCall?: ToolCall;
};

/** A function the client offers; its parameters are all texts. */
export type ToolOffer = {
  readonly name: string;
  readonly description: string;
  readonly parameters: readonly string[];
};

export type Step =
  /** One exchange of the conversation. Said by a tool = the result of the call in the reply before. */
  | { readonly kind: "turn"; readonly by: "person" | "tool"; readonly says: string; readonly reply: Reply }
  /** A small call beside the conversation, such as one for a title; never streamed. */
  | {
      readonly kind: "aside";
      readonly model: string;
      readonly system: string;
      readonly says: string;
      readonly reply: Reply;
    }
  | { readonly kind: "embed"; readonly model: string; readonly inputs: readonly string[] }
  /** A call that asks no model: the list of models, a count of tokens. */
  | { readonly kind: "models" | "count" };

export type Scenario = {
  readonly id: string;
  readonly client: ClientId;
  readonly model: string;
  readonly system: string;
  readonly tools: readonly ToolOffer[];
  /** False for clients that wait for the whole answer. */
  readonly streaming: boolean;
  readonly steps: readonly Step[];
};

/** One message of a conversation so far, in no provider's words. */
export type Message =
  | { readonly by: "person"; readonly text: string }
  | { readonly by: "model"; readonly reply: Reply; readonly callId: string }
  | { readonly by: "tool"; readonly text: string; readonly callId: string; readonly toolName: string };
