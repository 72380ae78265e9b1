/** @module Which session a request says it belongs to: one table of evidence, asked from top to bottom. docs/identity.md is held against it. */

import { parseRecord, toRecord, toRecords, toText } from "./json.ts";
import { type Evidence, toId } from "./request.ts";

/** What a request says of its session, in the client's own ids. */
export type SessionClaim = {
  readonly id: string;
  /** Session of the agent that started this one. */
  readonly parentId?: string;
};

export type SessionRule = {
  /** Where the id stands; kept with the row as its evidence. */
  readonly evidence: string;
  readonly source: string;
  /** A claim by `previous` names an answer recorded before, not a session. */
  readonly by: "session" | "previous";
  readonly find: (evidence: Evidence) => SessionClaim | undefined;
};

export type FoundSession = SessionClaim & Pick<SessionRule, "evidence" | "by">;

const RECORDED = "request recorded 2026-11-21";
const README = "README of agent-cli-proxy";
const OPENAI = "OpenAI API reference";

export const SESSION_RULES: readonly SessionRule[] = [
  {
    evidence: "header x-modeltap-session",
    source: "our own override",
    by: "session",
    find: (e) => claim(e.header("x-modeltap-session")),
  },
  {
    evidence: "header x-claude-code-session-id",
    source: `${RECORDED}; agent ids: coder/aibridge#241, BYK/loreai#1701`,
    by: "session",
    find: findClaudeHeader,
  },
  { evidence: "body metadata.user_id session_id", source: RECORDED, by: "session", find: findClaudeUser },
  {
    evidence: "body metadata.user_id _session_",
    source: "Claude Code before 2.1.78",
    by: "session",
    find: findOldClaudeUser,
  },
  { evidence: "header x-codex-turn-metadata", source: RECORDED, by: "session", find: findCodexTurn },
  {
    evidence: "header session-id",
    source: `${RECORDED}; sub-agents: thread-id beside the root's session-id`,
    by: "session",
    find: findSessionHeader,
  },
  {
    evidence: "header session_id",
    source: "Codex CLI before 0.140",
    by: "session",
    find: (e) => claim(e.header("session_id")),
  },
  {
    evidence: "header conversation_id",
    source: "Codex CLI before 0.140",
    by: "session",
    find: (e) => claim(e.header("conversation_id")),
  },
  {
    evidence: "body client_metadata.session_id",
    source: RECORDED,
    by: "session",
    find: (e) => claim(toRecord(e.body?.["client_metadata"])?.["session_id"]),
  },
  {
    evidence: "body prompt_cache_key",
    source: `${RECORDED}; only of Codex and OpenCode: other programs use one key for all their sessions`,
    by: "session",
    find: findCacheKey,
  },
  { evidence: "header x-opencode-session", source: README, by: "session", find: findOpenCode },
  {
    evidence: "header x-openclaw-session-id",
    source: README,
    by: "session",
    find: (e) => claim(e.header("x-openclaw-session-id")),
  },
  {
    evidence: "header x-activity-request-id",
    source: README,
    by: "session",
    find: (e) => claim(e.header("x-activity-request-id")),
  },
  {
    evidence: "body conversation",
    source: OPENAI,
    by: "session",
    find: (e) => claim(e.body?.["conversation"] ?? undefined) ?? claim(toRecord(e.body?.["conversation"])?.["id"]),
  },
  { evidence: "path threads or conversations", source: OPENAI, by: "session", find: findPathId },
  {
    evidence: "body previous_response_id",
    source: OPENAI,
    by: "previous",
    find: (e) => claim(e.body?.["previous_response_id"]),
  },
  {
    evidence: "body input item_reference",
    source: "AI SDK: turns after the first refer to stored items",
    by: "previous",
    find: findItemReference,
  },
  {
    evidence: "body metadata.session_id",
    source: "llm-proxy; Qwen Code: metadata.sessionId",
    by: "session",
    find: findMetadata,
  },
  {
    evidence: "body request.session_id",
    source: "Gemini CLI with Code Assist",
    by: "session",
    find: (e) => claim(toRecord(e.body?.["request"])?.["session_id"]),
  },
  {
    evidence: "header x-session-id",
    source: `${RECORDED}; x-parent-session-id names the parent`,
    by: "session",
    find: findSessionIdHeader,
  },
  {
    evidence: "header x-session-affinity",
    source: RECORDED,
    by: "session",
    find: (e) => claim(e.header("x-session-affinity"), e.header("x-parent-session-id")),
  },
  {
    evidence: "header x-task-id",
    source: "cline/cline, RooCodeInc/Roo-Code: one task is one session",
    by: "session",
    find: (e) => claim(e.header("x-task-id") ?? e.header("x-roo-task-id")),
  },
  { evidence: "body user", source: OPENAI, by: "session", find: (e) => claim(e.body?.["user"]) },
  {
    evidence: "body metadata.user_id",
    source: "Anthropic API reference",
    by: "session",
    find: (e) => claim(toRecord(e.body?.["metadata"])?.["user_id"]),
  },
];

/** The first row that finds an id. */
export function findSession(evidence: Evidence): FoundSession | undefined {
  for (const rule of SESSION_RULES) {
    const found = rule.find(evidence);
    if (found !== undefined) return { ...found, evidence: rule.evidence, by: rule.by };
  }
  return undefined;
}

function claim(value: unknown, parent?: unknown): SessionClaim | undefined {
  const id = toId(value);
  const parentId = toId(parent);
  if (id === undefined) return undefined;
  return { id, ...(parentId === undefined || parentId === id ? {} : { parentId }) };
}

function findClaudeHeader(evidence: Evidence): SessionClaim | undefined {
  return withAgents(evidence, toId(evidence.header("x-claude-code-session-id")));
}

/** A sub-agent has the session id of its root; its own id sets it apart, and the agent that started it is its parent. */
function withAgents(evidence: Evidence, root: string | undefined): SessionClaim | undefined {
  if (root === undefined) return undefined;
  const agent = toId(evidence.header("x-claude-code-agent-id"));
  if (agent === undefined) return { id: root };
  const parent = toId(evidence.header("x-claude-code-parent-agent-id"));
  return { id: `${root}/${agent}`, parentId: parent === undefined ? root : `${root}/${parent}` };
}

function userId(evidence: Evidence): string | undefined {
  return toText(toRecord(evidence.body?.["metadata"])?.["user_id"]);
}

function findClaudeUser(evidence: Evidence): SessionClaim | undefined {
  return withAgents(evidence, toId(parseRecord(userId(evidence))?.["session_id"]));
}

/** `user_<hash>_account_<uuid>_session_<uuid>`. */
function findOldClaudeUser(evidence: Evidence): SessionClaim | undefined {
  const user = userId(evidence);
  const at = user?.lastIndexOf("_session_") ?? -1;
  if (user === undefined || at === -1 || user.startsWith("{")) return undefined;
  return withAgents(evidence, toId(user.slice(at + "_session_".length)));
}

function findCodexTurn(evidence: Evidence): SessionClaim | undefined {
  const turn = parseRecord(evidence.header("x-codex-turn-metadata"));
  return withThread(
    toId(turn?.["session_id"]),
    toId(turn?.["thread_id"]),
    parentThread(evidence, turn?.["parent_thread_id"]),
  );
}

function findSessionHeader(evidence: Evidence): SessionClaim | undefined {
  return withThread(
    toId(evidence.header("session-id")),
    toId(evidence.header("thread-id")),
    parentThread(evidence) ?? toId(evidence.header("x-parent-session-id")),
  );
}

function parentThread(evidence: Evidence, inTurn?: unknown): string | undefined {
  return toId(evidence.header("x-codex-parent-thread-id")) ?? toId(inTurn);
}

/** Codex: the root's thread has the id of the session; another thread is a sub-agent's. */
function withThread(
  session: string | undefined,
  thread: string | undefined,
  parent: string | undefined,
): SessionClaim | undefined {
  if (thread !== undefined && thread !== session) return claim(thread, parent ?? session);
  return claim(session, parent);
}

/** A cache key is a session's name only with programs that use it so. */
function findCacheKey(evidence: Evidence): SessionClaim | undefined {
  const isOwn =
    /^(?:codex|opencode)/i.test(evidence.header("originator") ?? "") ||
    /^(?:codex|opencode)/i.test(evidence.header("user-agent") ?? "");
  return isOwn ? claim(evidence.body?.["prompt_cache_key"]) : undefined;
}

function findOpenCode(evidence: Evidence): SessionClaim | undefined {
  return claim(evidence.header("x-opencode-session"), evidence.header("x-parent-session-id"));
}

function findSessionIdHeader(evidence: Evidence): SessionClaim | undefined {
  return claim(evidence.header("x-session-id"), evidence.header("x-parent-session-id"));
}

/** `/v1/threads/{id}/…`, `/v1/conversations/{id}/…`. */
function findPathId({ path }: Evidence): SessionClaim | undefined {
  return claim(/\/(?:threads|conversations)\/([A-Za-z0-9_-]{6,})(?:\/|$)/.exec(path)?.[1]);
}

/** The last stored item that the input refers to belongs to the turn before. */
function findItemReference({ body }: Evidence): SessionClaim | undefined {
  const input = toRecords(body?.["input"]);
  for (let at = input.length - 1; at >= 0; at--) {
    if (input[at]?.["type"] === "item_reference") return claim(input[at]?.["id"]);
  }
  return undefined;
}

function findMetadata({ body }: Evidence): SessionClaim | undefined {
  const metadata = toRecord(body?.["metadata"]);
  return claim(metadata?.["session_id"]) ?? claim(metadata?.["sessionId"]);
}
