/** @module Decisions about routes as a table: each row is asked of the simulator and of live traffic between real sockets. */

import { afterAll, beforeAll, describe, expect, test } from "bun:test";

import type { RouteTable } from "../../src/proxy/route.ts";
import { simulateRoute } from "../../src/proxy/simulate.ts";
import { headerValues } from "./http-message.ts";
import { startProxy, type TestProxy } from "./proxy.ts";
import * as step from "./step.ts";
import { createUpstream, type Upstream } from "./upstream.ts";

export const CHAT = "/v1/chat/completions";
const CLIENT_KEY = "Bearer sk-of-the-client";

export type DecisionCase = {
  readonly name: string;
  readonly path?: string;
  readonly headers?: Record<string, string>;
  readonly body?: Record<string, unknown>;
  readonly rule: string;
  /** Path at the scripted server, whose first segment is the upstream; of several, in the order in which they are tried. */
  readonly to: string | readonly string[];
  /** Upstreams that answer 503. */
  readonly failing?: readonly string[];
  /** What the body becomes; unchanged bytes when absent. */
  readonly sent?: Record<string, unknown>;
  /** Where the simulator says that the credential comes from, and the field `authorization` as the upstream gets it. */
  readonly credential?: { readonly from: string; readonly sent: string | undefined };
};

export type RefusedCase = Pick<DecisionCase, "name" | "path" | "headers" | "body"> & {
  readonly status: number;
  readonly code: string;
  /** What the simulator says; a missing credential is told with the target, all else is refused there, too. */
  readonly told: Record<string, unknown>;
};

type Cases = { readonly decided: readonly DecisionCase[]; readonly refused?: readonly RefusedCase[] };

/** @param build the table, with every upstream at `<url>/<id>` */
export function describeDecisions(build: (url: string) => RouteTable, { decided, refused = [] }: Cases): void {
  let upstream: Upstream;
  let proxy: TestProxy;
  let table: RouteTable;

  beforeAll(async () => {
    upstream = await createUpstream();
    upstream.on(/./, step.json({ ok: true }));
    table = build(upstream.url);
    proxy = startProxy({ baseUrl: upstream.url, options: table });
  });

  afterAll(async () => {
    await proxy[Symbol.asyncDispose]();
    await upstream.close();
  });

  const simulate = ({ path = CHAT, headers = {}, body = {} }: Pick<DecisionCase, "path" | "headers" | "body">) => {
    const text = (name: string) => (typeof body[name] === "string" ? { [name]: body[name] } : {});
    return simulateRoute(table, {
      method: "POST",
      path,
      headers: new Headers({ authorization: CLIENT_KEY, ...headers }),
      ...text("model"),
      ...text("provider"),
    });
  };

  const send = ({ path = CHAT, headers = {}, body = {} }: Pick<DecisionCase, "path" | "headers" | "body">) =>
    fetch(`${proxy.url}${path}`, {
      method: "POST",
      headers: { "content-type": "application/json", authorization: CLIENT_KEY, ...headers },
      body: JSON.stringify(body),
    });

  describe.each(decided)("$name", (row) => {
    const { path = CHAT, headers = {}, body = {}, rule, failing = [], sent, credential } = row;
    const targets = typeof row.to === "string" ? [row.to] : row.to;

    test("is told by the simulator", () => {
      const told = simulate(row);
      expect(told).toMatchObject({ outcome: "forwarded", rule });
      if (told.outcome !== "forwarded") return;
      expect(told.targets.map(({ url }) => url)).toEqual(targets.map((to) => `${upstream.url}${to}`));
      const model = sent?.["model"] ?? body["model"];
      if (model !== undefined) expect(told.targets[0]?.model ?? body["model"]).toEqual(model);
      expect(told.targets[0]).toMatchObject({ credential: credential?.from ?? "client", credential_there: true });
    });

    test("happens to live traffic, and is listed on the exchange", async () => {
      const index = proxy.exchanges.length;
      const isFailing = (to: string) => failing.some((id) => to.startsWith(`/${id}/`));
      for (const id of failing) {
        upstream.on(new RegExp(`^POST /${id}/`), step.json({ error: "busy" }, { status: 503 }));
      }
      const answer = await send(row);
      expect(answer.status).toBe(200);
      const served = targets.findIndex((to) => !isFailing(to));
      let received = await upstream.nextWhole();
      for (const to of targets.slice(0, served)) {
        expect(received.target).toBe(to);
        received = await upstream.nextWhole();
      }
      expect(received.target).toBe(targets[served] ?? "");
      const text = JSON.stringify(body);
      expect(received.text).toBe(sent === undefined ? text : JSON.stringify(sent));
      expect(headerValues(received.headers, "authorization")[0]).toBe(
        credential === undefined ? CLIENT_KEY : credential.sent,
      );
      const exchange = await proxy.ended(index);
      expect(exchange.end.attempts.map((attempt) => attempt.upstream)).toEqual(
        targets.slice(0, served + 1).map((to) => to.split("/")[1] ?? ""),
      );
      // The record keeps what the client sent.
      expect(new TextDecoder().decode(proxy.body(exchange, "request"))).toBe(text);
      const kinds = exchange.end.edits.map(({ kind }) => kind);
      const isRewritten = ["model_rewritten", "endpoint_pinned", "selector_removed"].some((kind) =>
        kinds.includes(kind),
      );
      const isInHead = headers["x-provider"] !== undefined || path.startsWith("/v1beta");
      expect(isRewritten).toBe(sent !== undefined || isInHead);
    });
  });

  describe.each(refused)("$name", (row) => {
    test("is told by the simulator", () => {
      expect(simulate(row)).toMatchObject(row.told);
    });

    test("is refused before anything is sent", async () => {
      const before = upstream.requests.length;
      const answer = await send(row);
      expect(answer.status).toBe(row.status);
      expect(await answer.text()).toContain(row.code);
      expect(upstream.requests.length).toBe(before);
    });
  });
}
