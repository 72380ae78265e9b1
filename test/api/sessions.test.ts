/** @module Sessions over the api: last active first, pages without gaps, sub-agents and forks apart. */

import { afterAll, beforeAll, expect, test } from "bun:test";
import type { Session } from "../../src/domain/session.ts";
import { exchange, EXCHANGE_START_MS as START } from "../support/exchange.ts";
import { type ApiCase, openApiCase } from "./api-case.ts";

const MINUTE_MS = 60_000;
const make = (id: string, minute: number, fields: Partial<Session> = {}): Session => ({
  id,
  provider: "openai",
  evidence: "header session-id",
  inferred: false,
  firstAtMs: START + minute * MINUTE_MS,
  lastAtMs: START + (minute + 1) * MINUTE_MS,
  ...fields,
});
const SESSIONS = [
  make("ses_root", 0, { tool: "codex", clientSessionId: "c-1", lastAtMs: START + 60 * MINUTE_MS }),
  make("ses_agent", 1, { parentId: "ses_root", tool: "codex", client: "codex-a" }),
  make("ses_fork", 2, { parentId: "ses_root", evidence: "message prefix, fork", inferred: true }),
  make("ses_other", 3, { provider: "anthropic" }),
  make("ses_old", -600),
];

type Item = Readonly<Record<string, unknown>>;
type Page = { readonly items: readonly Item[]; readonly next: string | null };
let api: ApiCase;
const list = async (query: string): Promise<Page> => (await api.json(`/admin/api/sessions${query}`)) as Page;
const ids = async (query: string): Promise<unknown[]> => (await list(query)).items.map((item) => item["id"]);

beforeAll(async () => {
  api = await openApiCase();
  await api.writer.write({
    exchanges: [
      exchange({ sessionId: "ses_root", startedAtMs: START }),
      exchange({ sessionId: "ses_root", startedAtMs: START + 1, requestModel: "b", responseModel: "b" }),
      exchange({ sessionId: "ses_agent", cost: { confidence: "unknown" } }),
    ],
    captures: [],
    sessions: SESSIONS,
  });
});
afterAll(() => api.close());

test.each([
  ["", ["ses_root", "ses_other", "ses_fork", "ses_agent", "ses_old"]],
  ["?tool=codex", ["ses_root", "ses_agent"]],
  ["?client=codex-a", ["ses_agent"]],
  ["?provider=anthropic", ["ses_other"]],
  ["?client_session=c-1", ["ses_root"]],
  [`?from=${START}`, ["ses_root", "ses_other", "ses_fork", "ses_agent"]],
  [`?to=${START + MINUTE_MS}`, ["ses_root", "ses_old"]],
])("the list with %p is %p", async (query, expected) => {
  expect(await ids(query)).toEqual(expected);
});

test("pages have no gap and no double, and a made-up cursor is refused", async () => {
  const seen: unknown[] = [];
  let next: string | null = "";
  while (next !== null) {
    const page = await list(`?limit=2&cursor=${encodeURIComponent(next)}`);
    seen.push(...page.items.map((item) => item["id"]));
    next = page.next;
  }
  expect(seen).toEqual(await ids(""));
  expect((await api.ask("/admin/api/sessions?limit=501")).status).toBe(400);
});

test("a session has its own sums, and a cost only when one is known", async () => {
  const [root] = (await list("?client_session=c-1")).items;
  expect(root).toMatchObject({
    requests: 2,
    total_tokens: 240,
    cost_usd: 0.000_13,
    models: ["b", "gpt-5-mini-2026-08-07"],
    is_fork: false,
  });
  const [agent] = (await list("?client=codex-a")).items;
  expect(agent).toMatchObject({ requests: 1, cost_usd: null, unpriced_requests: 1 });
});

test("one session comes with its exchanges, sub-agents and forks", async () => {
  const root = (await api.json("/admin/api/sessions/ses_root?limit=1")) as Item;
  expect(root).toMatchObject({
    session: { id: "ses_root" },
    parent: null,
    children: [{ id: "ses_agent", parent_id: "ses_root" }],
    forks: [{ id: "ses_fork", is_fork: true }],
    exchanges: [{ model: "b" }],
  });
  expect(await api.json(`/admin/api/sessions/ses_root?cursor=${String(root["next"])}`)).toMatchObject({
    exchanges: [{ model: "gpt-5-mini-2026-08-07" }],
    next: null,
  });
  expect(await api.json("/api/sessions/ses_fork")).toMatchObject({ parent: { id: "ses_root" }, exchanges: [] });
  expect((await api.ask("/admin/api/sessions/none")).status).toBe(404);
});
