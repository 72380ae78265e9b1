/** @module Who sent a request and which session it belongs to, as far as the request itself tells. */

import type { Tags, ToolCall, ToolResult } from "../domain/turn.ts";
import { type Chain, type Digest, toChain } from "./chain.ts";
import { findClient } from "./client.ts";
import { type Conversation, toConversation, toLastTurn } from "./conversation.ts";
import { readOverrides } from "./override.ts";
import { type Evidence, type IdentityRequest, toEvidence } from "./request.ts";
import { findSession } from "./session.ts";
import { findTool } from "./tool.ts";

export type IdentifyOptions = {
  readonly digest: Digest;
  /** Configured names of clients by hash of their credential. */
  readonly clientNames?: ReadonlyMap<string, string> | undefined;
};

/** What is asked to find the session. */
export type SessionQuestion =
  /** The request names it. */
  | {
      readonly by: "session";
      readonly sessionId: string;
      readonly parentSessionId?: string;
      readonly clientSessionId: string;
      readonly evidence: string;
    }
  /** The request names an earlier answer; `sessionId` is for when that one is not known. */
  | { readonly by: "previous"; readonly key: string; readonly sessionId: string; readonly evidence: string }
  /** Only its messages tell. */
  | { readonly by: "prefix"; readonly chain: Chain };

export type Identity = {
  readonly tool?: string;
  readonly toolEvidence?: string;
  readonly client?: string;
  readonly clientEvidence?: string;
  readonly run?: string;
  readonly tags?: Tags;
  /** Results given for the first time, each with the name of its call where the request tells it. */
  readonly toolResults: readonly ToolResult[];
  /** Absent when the exchange belongs to no session. */
  readonly question?: SessionQuestion;
  /** What sessions of other providers and credentials are kept apart by. */
  readonly scope: string;
};

/**
 * Cost: a few dozen map look-ups; with no id of a session in it, one hash over all messages (0.4 to 2.7 ms for 120 KB on two
 * busy cores).
 */
export function identify(request: IdentityRequest, options: IdentifyOptions): Identity {
  const evidence = toEvidence(request);
  const overrides = readOverrides(evidence);
  const found =
    overrides.tool === undefined ? findTool(evidence) : { tool: overrides.tool, evidence: "header x-modeltap-tool" };
  const client = findClient(evidence, found?.tool ?? "unknown", {
    override: overrides.client,
    names: options.clientNames,
  });
  const lastTurn = request.kind === "generation" ? toLastTurn(evidence.body) : undefined;
  const scope = toScope(evidence);
  const question = toQuestion(evidence, scope, options.digest);
  return {
    ...(found === undefined ? {} : { tool: found.tool, toolEvidence: found.evidence }),
    ...(client === undefined ? {} : { client: client.client, clientEvidence: client.evidence }),
    ...(overrides.run === undefined ? {} : { run: overrides.run }),
    ...(overrides.tags === undefined ? {} : { tags: overrides.tags }),
    toolResults: findNewResults(lastTurn),
    ...(question === undefined ? {} : { question }),
    scope,
  };
}

/** Key under which an answer of this scope is found again by its id, or by the id of one of its items. */
export function toAnswerKey(scope: string, answerId: string, digest: Digest): string {
  return digest(`answer\u0000${scope}\u0000${answerId}`);
}

/** Id of a session that its first exchange gives the name to. */
export function toNewSessionId(scope: string, exchangeId: string, digest: Digest): string {
  return toSessionId(digest(`new\u0000${scope}\u0000${exchangeId}`));
}

/**
 * A managed key is somebody, whatever credential comes beside it. Account tokens are renewed every few hours, in the middle of
 * sessions: without a managed key the provider alone is the border there.
 */
function toScope({ provider, billing, credentialHash, keyId }: Evidence): string {
  if (keyId !== undefined) return `${provider}\u0000key\u0000${keyId}`;
  return `${provider}\u0000${billing === "subscription" ? "subscription" : (credentialHash ?? "")}`;
}

function toSessionId(hash: string): string {
  return `ses_${hash.slice(0, 24)}`;
}

function toQuestion(evidence: Evidence, scope: string, digest: Digest): SessionQuestion | undefined {
  const named = (id: string) => toSessionId(digest(`named\u0000${scope}\u0000${id}`));
  const found = findSession(evidence);
  if (found?.by === "previous") {
    return {
      by: "previous",
      key: toAnswerKey(scope, found.id, digest),
      sessionId: named(found.id),
      evidence: found.evidence,
    };
  }
  if (found !== undefined) {
    return {
      by: "session",
      sessionId: named(found.id),
      ...(found.parentId === undefined ? {} : { parentSessionId: named(found.parentId) }),
      clientSessionId: found.id,
      evidence: found.evidence,
    };
  }
  const speaks = evidence.kind === "generation" && !SPEECHLESS_PATH.test(evidence.path);
  const conversation = speaks ? toConversation(evidence.body) : undefined;
  if (conversation === undefined) return undefined;
  return { by: "prefix", chain: toChain(`${scope}\u0000${toFamily(evidence.model)}`, conversation, digest) };
}

/** Calls whose `input` is no message of a conversation: each would be a session of its own. */
const SPEECHLESS_PATH =
  /\/(?:embed|embeddings|rerank|moderations|images|audio|videos)(?:\/|$)|:(?:embed|batchEmbed|predict)/;

/** `us.anthropic.claude-sonnet-4-5` and `claude-opus-4-8` are of one family; a session may go on with another model of it. */
function toFamily(model: string | undefined): string {
  const name = model?.toLowerCase().split("/").at(-1) ?? "";
  return FAMILY.exec(name)?.[0] ?? /^[a-z]+/.exec(name)?.[0] ?? name;
}

const FAMILY =
  /claude|gpt|gemini|gemma|llama|mistral|mixtral|magistral|codestral|devstral|qwen|qwq|deepseek|grok|glm|kimi|command|nova|phi|minimax/;

/** What follows the model's last turn; an id that its calls name gets that name. */
function findNewResults(conversation: Conversation | undefined): readonly ToolResult[] {
  const last = conversation?.groups.at(-1);
  if (last?.side !== "asked" || last.results.length === 0) return [];
  const names = new Map<string, string>();
  const calls: readonly ToolCall[] = conversation?.groups.at(-2)?.calls ?? [];
  for (const { id, name } of calls) if (id !== undefined) names.set(id, name);
  return last.results.map((result) => {
    const name = result.name ?? (result.id === undefined ? undefined : names.get(result.id));
    return name === undefined ? result : { ...result, name };
  });
}
