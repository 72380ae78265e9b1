import { afterAll, beforeAll, describe, expect, test } from "bun:test";

import type { RequestDetail } from "../../src/api/contract.ts";
import type { Reading } from "../../src/dialect/dialect.ts";
import type { ExtraUsage } from "../../src/domain/usage.ts";
import { PROVIDERS } from "../../src/provider/catalogue.ts";
import { sha256 } from "../support/bytes.ts";
import { body, encode, head, type Step } from "../support/step.ts";
import { loadTraffic, type TrafficCase } from "../support/traffic.ts";
import { findDifferences } from "../support/traffic-check.ts";
import { createStage, type Stage } from "./stage.ts";

const CONCURRENCY = 32;
const CASE = "x-test-case";
const cases = loadTraffic();
/** A case's own name may look like a credential (`xai-…`) and be masked in the record; its number never does. */
const numberOf = (traffic: TrafficCase): string => String(cases.indexOf(traffic));
const findCase = (number: string | undefined): TrafficCase | undefined => cases[Number(number)];

let stage: Stage;
beforeAll(async () => {
  // The one edit of bodies is off: here every byte is the upstream's.
  const never = { include_usage: "never" };
  const known = PROVIDERS.map(({ id }) => id);
  const all = [...new Set([...known, ...cases.map(({ provider }) => provider)])];
  stage = await createStage({ providers: Object.fromEntries(all.map((id) => [id, never])) });
  stage.upstream.on(
    () => true,
    ({ request }) => {
      const traffic = findCase(request.header(CASE));
      if (traffic === undefined) throw new Error(`no case for ${request.target}`);
      return answerOf(traffic);
    },
  );
});
afterAll(() => stage[Symbol.asyncDispose]());

/** The recorded answer as it goes over the wire: a third compressed, where no compressed bytes were recorded. */
function toWire(traffic: TrafficCase): { readonly bytes: Uint8Array; readonly coding?: string } {
  const { bytes, wire } = traffic.response;
  if (wire !== undefined) return { bytes: wire.bytes, coding: wire.encoding };
  const coding = (["gzip", undefined, undefined, "br", undefined, undefined] as const)[cases.indexOf(traffic) % 6];
  return coding === undefined ? { bytes } : { bytes: encode(bytes, coding), coding };
}

function answerOf(traffic: TrafficCase): Step[] {
  const { bytes, coding } = toWire(traffic);
  const isChunked = traffic.streaming || bytes.length % 2 === 0;
  const own = Object.entries(traffic.response.headers).filter(
    ([name]) => !/^(?:content-(?:length|encoding)|transfer-encoding|connection)$/i.test(name),
  );
  const framing = isChunked
    ? (["transfer-encoding", "chunked"] as const)
    : (["content-length", String(bytes.length)] as const);
  const encoding = coding === undefined ? [] : [["content-encoding", coding] as const];
  return [head(traffic.response.status, [...own, ...encoding, framing]), ...splitOddly(bytes).map(body)];
}

/** Up to twelve pieces whose sizes follow from the bytes: odd, but the same in each run. */
function splitOddly(bytes: Uint8Array): Uint8Array[] {
  const pieces: Uint8Array[] = [];
  let seed = bytes.length;
  for (let at = 0; at < bytes.length;) {
    seed = (seed * 1_103_515_245 + 12_345) % 2_147_483_648;
    const size = pieces.length === 11 ? bytes.length : 1 + (seed % Math.max(1, Math.ceil(bytes.length / 4)));
    pieces.push(bytes.subarray(at, at + size));
    at += size;
  }
  return pieces;
}

type Seen = { readonly status: number; readonly hash: string; readonly coding: string | null };

async function replay(traffic: TrafficCase): Promise<Seen> {
  const { method, url, headers, body: asked } = traffic.request;
  const { pathname, search } = new URL(url);
  const answer = await fetch(`${stage.url}/${traffic.provider}${pathname}${search}`, {
    method,
    headers: { ...headers, [CASE]: numberOf(traffic), "accept-encoding": "gzip, br" },
    decompress: false,
    ...(asked === null || asked === undefined
      ? {}
      : { body: typeof asked === "string" ? asked : JSON.stringify(asked) }),
  });
  return { status: answer.status, hash: sha256(await answer.bytes()), coding: answer.headers.get("content-encoding") };
}

/** Runs `work` over all items, a fixed number at a time. */
async function inTurns<Item, Result>(items: readonly Item[], work: (item: Item) => Promise<Result>): Promise<Result[]> {
  const results = Array.from<Result>({ length: items.length });
  let next = 0;
  const worker = async (): Promise<void> => {
    for (let index = next++; index < items.length; index = next++) {
      const item = items[index];
      if (item !== undefined) results[index] = await work(item);
    }
  };
  await Promise.all(Array.from({ length: CONCURRENCY }, worker));
  return results;
}

/** The row's facts in the form that the readers' own conformance test compares. */
function toReading(row: RequestDetail): Reading {
  const text = (value: string | null, name: string) => (value === null ? {} : { [name]: value });
  return {
    billable: row.kind === "generation",
    ...text(row.model, "model"),
    ...text(row.request_model, "requestModel"),
    ...text(row.service_tier, "serviceTier"),
    ...(row.usage === null ? {} : { usage: row.usage }),
    ...(row.reported_cost_usd === null ? {} : { reportedCostNanoUsd: Math.round(row.reported_cost_usd * 1e9) }),
    // Trusted to be what the contract says; compared member by member below.
    extraUsage: row.extra_usage as readonly ExtraUsage[],
  } as Reading;
}

describe("recorded traffic through the real program", () => {
  let details: ReadonlyMap<string, RequestDetail> = new Map();

  test(`all ${cases.length} answers arrive byte for byte, ${CONCURRENCY} at a time`, async () => {
    const seen = await inTurns(cases, replay);
    const wrong = cases.flatMap((traffic, index) => {
      const { bytes, coding = null } = toWire(traffic);
      const expected: Seen = { status: traffic.response.status, hash: sha256(bytes), coding };
      return Bun.deepEquals(seen[index], expected) ? [] : [{ id: traffic.id, expected, seen: seen[index] }];
    });
    expect(wrong).toEqual([]);
  }, 30_000);

  test("every request arrived at the upstream byte for byte, at its own path", () => {
    const wrong = stage.upstream.requests.flatMap((request) => {
      const traffic = findCase(request.header(CASE));
      if (traffic === undefined) return [request.target];
      const { method, url, body: asked } = traffic.request;
      const { pathname, search } = new URL(url);
      const text =
        asked === null || asked === undefined ? "" : typeof asked === "string" ? asked : JSON.stringify(asked);
      const isEqual = request.method === method && request.target === `${pathname}${search}` && request.text === text;
      return isEqual ? [] : [traffic.id];
    });
    expect(wrong).toEqual([]);
    expect(stage.upstream.requests).toHaveLength(cases.length);
  });

  test("every exchange has one row, with the bytes as they went over the wire", async () => {
    const rows = await stage.takeRows(cases.length, 20_000);
    const found = await inTurns(rows, (row) => stage.detail(row));
    details = new Map(
      found.map((row) => [findCase(row.request_headers.find(([name]) => name === CASE)?.[1])?.id ?? row.endpoint, row]),
    );
    expect([...details.keys()].sort()).toEqual(cases.map(({ id }) => id).sort());
    const hashes = await inTurns(cases, async (traffic) => {
      const row = details.get(traffic.id);
      const kept = row === undefined ? undefined : await stage.recordedBody(row, "response");
      return kept === undefined || sha256(kept) !== sha256(toWire(traffic).bytes) ? traffic.id : undefined;
    });
    expect(hashes.filter((id) => id !== undefined)).toEqual([]);
  }, 30_000);

  test("every row says what the answer says: models, tokens, tier, cost, kind", () => {
    const wrong = cases
      .filter((traffic) => !traffic.isAmbiguous)
      .flatMap((traffic) => {
        const row = details.get(traffic.id);
        if (row === undefined) return [{ id: traffic.id, differences: ["no row"] }];
        const { expectedError: _, ...withoutError } = traffic;
        const differences = findDifferences(withoutError, toReading(row));
        return differences.length === 0 ? [] : [{ id: traffic.id, differences }];
      });
    expect(wrong).toEqual([]);
  });

  test("every row says how its exchange ended", () => {
    const wrong = cases.flatMap((traffic) => {
      const row = details.get(traffic.id);
      const ended = [row?.status_code, row?.ended_by, row?.state !== "pending", row?.response.wire_bytes];
      const expected = [traffic.response.status, "upstream", true, toWire(traffic).bytes.length];
      return Bun.deepEquals(ended, expected) ? [] : [{ id: traffic.id, ended, expected }];
    });
    expect(wrong).toEqual([]);
  });

  test("every error answer has its message in the row", () => {
    const failed = cases.filter((traffic) => traffic.expectedError?.["message"] !== undefined);
    const wrong = failed.flatMap((traffic) => {
      const message = String(traffic.expectedError?.["message"]);
      const error = details.get(traffic.id)?.error ?? "";
      return error.startsWith(message.slice(0, 200)) ? [] : [{ id: traffic.id, message, error }];
    });
    expect(failed.length).toBeGreaterThan(10);
    expect(wrong).toEqual([]);
  });
});
