/** @module The api process over a real database: what it answers, to whom, and when it ends. */

import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { statSync } from "node:fs";
import zlib from "node:zlib";
import type {
  BodyText,
  ErrorBody,
  ModelTotals,
  RequestDetail,
  RequestPage,
  RequestRow,
  StatsSummary,
  StatusAnswer,
  TimeBucket,
} from "../../src/api/contract.ts";
import type { Exchange } from "../../src/domain/exchange.ts";
import { createRandom, HOSTILE_MODEL, sampleExchange, sampleTraffic, toSampleId } from "./sample.ts";
import { type ServedApp, startServedApp } from "./served-app.ts";

const DAY_MS = 86_400_000;
const NOW = Date.now();
const ROWS = [...sampleTraffic({ count: 400, endMs: NOW - 60_000, spanMs: 5 * DAY_MS })];
const COUNTED = ROWS.filter((row) => row.kind === "generation");
const JSON_BODY = JSON.stringify({ model: "gpt-5", messages: [{ role: "user", content: "hello" }] });

let app: ServedApp;

beforeAll(async () => {
  app = await startServedApp();
  const first = ROWS[0];
  if (first === undefined) throw new Error("the sample is empty");
  const wire = zlib.gzipSync(JSON_BODY);
  await app.write(ROWS, [
    {
      exchangeId: first.id,
      side: "response",
      bytes: wire,
      contentType: "text/html",
      contentEncoding: "gzip",
      truncated: false,
      wireBytes: wire.length,
    },
  ]);
});
afterAll(() => app.close());

function sum(rows: readonly Exchange[], figure: (row: Exchange) => number | undefined): number {
  return rows.reduce((total, row) => total + (figure(row) ?? 0), 0);
}

async function refusal(path: string): Promise<{ status: number } & ErrorBody["error"]> {
  const response = await fetch(app.url + path);
  const body = (await response.json()) as ErrorBody;
  return { status: response.status, ...body.error };
}

describe("the door", () => {
  test("answers only requests that the proxy has stamped", async () => {
    for (const headers of [{}, { "x-modeltap-door": "ajar" }]) {
      const response = await fetch("http://modeltap/stats/summary", { unix: app.socketPath, headers });
      expect(response.status).toBe(403);
      expect(await response.json()).toMatchObject({ error: { code: "door_closed" } });
    }
  });

  test("has a socket that no other user can open", () => {
    expect(statSync(app.socketPath).mode & 0o777).toBe(0o600);
  });

  test("changes nothing: other methods are refused", async () => {
    expect((await fetch(`${app.url}/stats/summary`, { method: "POST" })).status).toBe(405);
  });
});

describe("/stats", () => {
  test("summary sums what was recorded, other calls left out", async () => {
    const { totals, by_provider } = await app.json<StatsSummary>("/stats/summary");
    const input = sum(COUNTED, (row) => row.usage?.inputTokens);
    const output = sum(COUNTED, (row) => row.usage?.outputTokens);
    const nano = sum(COUNTED, (row) => row.cost?.totalNanoUsd);
    expect(totals).toMatchObject({
      total_requests: COUNTED.length,
      total_input_tokens: input,
      total_output_tokens: output,
      total_tokens: input + output,
      total_cost_usd: nano / 1e9,
    });
    expect((totals.metered_cost_usd ?? 0) + (totals.subscription_cost_usd ?? 0)).toBeCloseTo(nano / 1e9, 9);
    expect(sum(COUNTED, () => 1)).toBe(by_provider.reduce((count, row) => count + row.requests, 0));
    const costs = by_provider.map((row) => row.cost_usd ?? -1);
    expect(costs).toEqual([...costs].sort((a, b) => b - a));
  });

  test("counts every kind with all=true", async () => {
    const { totals } = await app.json<StatsSummary>("/stats/summary?all=true");
    expect(totals.total_requests).toBe(ROWS.length);
  });

  test("a model without a price has a null cost, one that is free has 0", async () => {
    const models = await app.json<readonly ModelTotals[]>("/stats/by-model");
    expect(models.find((row) => row.model === "glm-4.6")?.cost_usd).toBeNull();
    expect(
      models.find((row) => row.model === "llama3.2" && row.provider === "ollama")?.unpriced_requests,
    ).toBeDefined();
    expect(models.at(-1)?.cost_usd).toBeNull();
  });

  test("by-model takes a provider and a window", async () => {
    const all = await app.json<readonly ModelTotals[]>("/stats/by-model?provider=openai");
    expect(new Set(all.map((row) => row.provider))).toEqual(new Set(["openai"]));
    const day = await app.json<readonly ModelTotals[]>("/stats/by-model?provider=openai&days=1");
    const total = (rows: readonly ModelTotals[]): number => rows.reduce((count, row) => count + row.requests, 0);
    expect(total(day)).toBeGreaterThan(0);
    expect(total(day)).toBeLessThan(total(all));
  });

  test("requests are rows with the older proxy's fields first, newest first", async () => {
    const rows = await app.json<readonly RequestRow[]>("/stats/requests?limit=1000");
    expect(rows.map((row) => row.exchange_id)).toEqual(COUNTED.map((row) => row.id).toReversed());
    expect(Object.keys(rows[0] ?? {}).slice(0, 14)).toEqual(
      "id timestamp provider model endpoint method input_tokens output_tokens total_tokens cost_usd duration_ms streaming status_code error".split(
        " ",
      ),
    );
    const without = rows.find((row) => row.usage_source === "none");
    expect(without).toMatchObject({ input_tokens: null, total_tokens: null, cost_usd: null });
  });

  test("requests are paged by limit and offset", async () => {
    const rows = await app.json<readonly RequestRow[]>("/stats/requests?limit=7&offset=3");
    expect(rows.map((row) => row.exchange_id)).toEqual(
      COUNTED.map((row) => row.id)
        .toReversed()
        .slice(3, 10),
    );
  });

  test("the time series sums to the same totals, by day and by hour, ascending", async () => {
    for (const bucket of ["day", "hour"]) {
      const series = await app.json<readonly TimeBucket[]>(`/stats/timeseries?days=30&bucket=${bucket}`);
      expect(series.reduce((count, row) => count + row.requests, 0)).toBe(COUNTED.length);
      expect(series.map((row) => row.bucket)).toEqual(series.map((row) => row.bucket).toSorted());
      expect(series[0]?.bucket).toMatch(bucket === "day" ? /^\d{4}-\d\d-\d\d$/ : /^\d{4}-\d\d-\d\d \d\d:00$/);
    }
  });

  test("the time series has its day borders in the zone asked for", async () => {
    const utc = await app.json<readonly TimeBucket[]>("/stats/timeseries?days=30");
    const kolkata = await app.json<readonly TimeBucket[]>("/stats/timeseries?days=30&tz=Asia/Kolkata");
    expect(utc[1]?.start_ms).toBe(Date.parse(`${utc[1]?.bucket}T00:00:00Z`));
    expect(kolkata[1]?.start_ms).toBe(Date.parse(`${kolkata[1]?.bucket}T00:00:00+05:30`));
  });

  test("refuses wrong parameters in words", async () => {
    expect(await refusal("/stats/requests?limit=0")).toEqual({
      status: 400,
      type: "invalid_request_error",
      code: "bad_parameter",
      message: "limit must be a whole number from 1 to 1000.",
    });
    expect((await refusal("/stats/timeseries?tz=Nowhere")).code).toBe("bad_parameter");
    expect(await refusal("/admin/api/requests?cursor=made-up")).toMatchObject({ status: 400, code: "bad_parameter" });
  });
});

describe("/admin/api/requests", () => {
  test("pages by cursor to the end, without a gap or a double", async () => {
    const seen: string[] = [];
    let next: string | null = "";
    while (next !== null) {
      const page: RequestPage = await app.json(`/admin/api/requests?limit=90&cursor=${encodeURIComponent(next)}`);
      seen.push(...page.rows.map((row) => row.exchange_id));
      next = page.next;
    }
    expect(seen).toEqual(ROWS.map((row) => row.id).toReversed());
  });

  test("filters by provider, status, state and text, and counts", async () => {
    const count = async (query: string): Promise<number | undefined> =>
      (await app.json<RequestPage>(`/admin/api/requests?limit=1&count=true&${query}`)).total;
    expect(await count("")).toBe(ROWS.length);
    expect(await count("provider=anthropic")).toBe(ROWS.filter((row) => row.provider === "anthropic").length);
    expect(await count("status=4xx")).toBe(ROWS.filter((row) => Math.floor((row.statusCode ?? 0) / 100) === 4).length);
    expect(await count("state=aborted,interrupted")).toBe(
      ROWS.filter((row) => row.state === "aborted" || row.state === "interrupted").length,
    );
    expect(await count(`text=${encodeURIComponent("ONERROR")}`)).toBe(
      ROWS.filter((row) => row.requestModel === HOSTILE_MODEL).length,
    );
  });

  test("tells everything of one exchange, and why it is odd", async () => {
    const unpriced = ROWS.find((row) => row.usage !== undefined && row.cost?.totalNanoUsd === undefined);
    const detail = await app.json<RequestDetail>(`/admin/api/requests/${unpriced?.id}`);
    expect(detail).toMatchObject({ exchange_id: unpriced?.id, usage: { ...unpriced?.usage } });
    if (unpriced?.kind === "generation") expect(detail.why.map((why) => why.code)).toContain("unpriced");
    expect(detail.request_headers).toEqual(unpriced?.requestHeaders ?? []);
  });

  test("the parts of a cost sum to it", async () => {
    const priced = ROWS.find((row) => (row.cost?.totalNanoUsd ?? 0) > 0);
    const { cost } = await app.json<RequestDetail>(`/admin/api/requests/${priced?.id}`);
    expect(cost?.components.reduce((total, part) => total + part.usd, 0)).toBeCloseTo(cost?.total_usd ?? -1, 9);
    expect(cost?.components.find((part) => part.name === "cacheRead")?.tokens).toBe(
      priced?.usage?.cacheReadTokens ?? -1,
    );
  });

  test("shows a body decoded, and gives its bytes as a download that is no page", async () => {
    const path = `/admin/api/requests/${ROWS[0]?.id}/body/response`;
    expect(await app.json<BodyText>(path)).toMatchObject({ text: JSON_BODY, content_encoding: "gzip" });
    const raw = await fetch(`${app.url}${path}?raw=1`);
    expect(raw.headers.get("content-type")).toBe("application/octet-stream");
    expect(raw.headers.get("content-disposition")).toContain("attachment");
    expect(raw.headers.get("x-content-type-options")).toBe("nosniff");
    expect(zlib.gunzipSync(await raw.bytes()).toString()).toBe(JSON_BODY);
  });

  test("has one shape for what is not there", async () => {
    for (const path of ["x", toSampleId(1, 1), `${ROWS[1]?.id}/body/request`, `${ROWS[1]?.id}/body/middle`]) {
      expect(await refusal(`/admin/api/requests/${path}`)).toMatchObject({ status: 404, code: "not_found" });
    }
    expect(await refusal("/admin/api/nothing")).toMatchObject({ status: 404, code: "not_found" });
  });
});

describe("status and pages", () => {
  test("tells what the proxy told, and reports itself to its parent", async () => {
    app.tell({ capture: "full", demo: true, addresses: ["http://127.0.0.1:1"] });
    let answer: StatusAnswer | undefined;
    for (let tries = 0; tries < 100 && answer?.status?.demo !== true; tries++) {
      answer = await app.json<StatusAnswer>("/admin/api/status");
    }
    expect(answer?.recording).toEqual({ level: "good", text: "recording full" });
    expect(app.messages[0]).toMatchObject({ type: "api-status", status: { listening: true } });
  });

  test.each(["/dashboard", "/admin", "/admin/requests", "/admin/requests/anything"])(
    "serves a page at %s",
    async (path) => {
      const response = await fetch(app.url + path);
      expect(response.status).toBe(200);
      expect(response.headers.get("content-type")).toStartWith("text/html");
      expect(response.headers.get("content-security-policy")).toContain("default-src 'none'");
      expect(response.headers.get("cache-control")).toBe("no-store");
    },
  );
});

describe("live", () => {
  test("sends a row that is written while one listens, and its change", async () => {
    const { last_change_seq } = await app.json<StatusAnswer>("/admin/api/status");
    const abort = new AbortController();
    const response = await fetch(`${app.url}/admin/api/live?after=${last_change_seq}`, { signal: abort.signal });
    expect(response.headers.get("content-type")).toStartWith("text/event-stream");
    const row = sampleExchange(9001, NOW, createRandom(1), { state: "pending" });
    const states: string[] = [];
    await app.write([row]);
    for await (const event of readEvents(response)) {
      if (event.name !== "rows") continue;
      const changed = JSON.parse(event.data) as { rows: RequestRow[] };
      states.push(...changed.rows.filter((one) => one.exchange_id === row.id).map((one) => one.state));
      if (states.at(-1) === "pending") await app.write([{ ...row, state: "completed", endedAtMs: NOW + 5 }]);
      if (states.at(-1) === "completed") break;
    }
    abort.abort();
    expect(states).toEqual(["pending", "completed"]);
  });

  test("a feed on which nothing happens stays open", async () => {
    const quiet = await startServedApp();
    const response = await fetch(`${quiet.url}/admin/api/live`);
    let isOpen = true;
    const read = async (): Promise<void> => {
      for await (const event of readEvents(response)) if (event.name === "end") break;
    };
    void read()
      .catch(() => undefined)
      .finally(() => {
        isOpen = false;
      });
    // A server of Bun ends silent connections after ten to twelve seconds unless told otherwise.
    await Bun.sleep(13_000);
    expect(isOpen).toBe(true);
    await quiet.close();
  }, 30_000);

  test("tells a page that missed too much to read anew", async () => {
    const before = (await app.json<StatusAnswer>("/admin/api/status")).last_change_seq;
    await app.write(
      Array.from({ length: 2100 }, (_, index) =>
        sampleExchange(20_000 + index, NOW, createRandom(index), { kind: "other" }),
      ),
    );
    const abort = new AbortController();
    const response = await fetch(`${app.url}/admin/api/live?after=${before}`, { signal: abort.signal });
    const names: string[] = [];
    for await (const event of readEvents(response)) {
      names.push(event.name);
      if (event.name === "reset" || event.name === "rows") break;
    }
    abort.abort();
    expect(names).toContain("reset");
  });
});

test("ends with its parent's channel", async () => {
  const other = await startServedApp();
  other.child.disconnect();
  expect(await other.child.exited).toBe(0);
  await other.close();
});

async function* readEvents(response: Response): AsyncGenerator<{ name: string; data: string }> {
  const decoder = new TextDecoder();
  let text = "";
  for await (const chunk of response.body ?? []) {
    text += decoder.decode(chunk, { stream: true });
    const blocks = text.split("\n\n");
    text = blocks.pop() ?? "";
    for (const block of blocks) {
      yield { name: /^event: (.*)$/m.exec(block)?.[1] ?? "", data: /^data: (.*)$/m.exec(block)?.[1] ?? "" };
    }
  }
}
