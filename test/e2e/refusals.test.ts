import { afterAll, beforeAll, describe, expect, test } from "bun:test";

import type { ErrorCode } from "../../src/domain/error.ts";
import { rawRequest, type RawRequestOptions } from "../support/raw-request.ts";
import { expectOwnError } from "./own-error.ts";
import { createStage, type Stage } from "./stage.ts";

let stage: Stage;
beforeAll(async () => {
  stage = await createStage();
});
afterAll(() => stage[Symbol.asyncDispose]());

async function refusals(code: ErrorCode): Promise<number> {
  const health = (await stage.modeltap.stats("/health")) as {
    traffic: { refused: Partial<Record<ErrorCode, number>> };
  };
  return health.traffic.refused[code] ?? 0;
}

describe("refusals are counted and make no row", () => {
  const json = [["Content-Type", "application/json"]] as const;
  const refused: readonly [ErrorCode, string, RawRequestOptions][] = [
    ["unknown_provider", "a prefix that names nobody", { target: "/opnai/v1/models" }],
    ["unknown_provider", "x-provider names nobody", { target: "/v1/models", headers: [["X-Provider", "opnai"]] }],
    ["unknown_path", "an api path of nobody", { target: "/api/nothing" }],
    ["host_not_allowed", "a foreign Host", { target: "/openai/v1/models", headers: [["Host", "evil.example"]] }],
    [
      "host_not_allowed",
      "a foreign Host at our own pages",
      { target: "/stats/summary", headers: [["Host", "evil.example"]] },
    ],
    [
      "origin_not_allowed",
      "a foreign page",
      { target: "/openai/v1/models", headers: [["Origin", "https://evil.example"]] },
    ],
    [
      "origin_not_allowed",
      "a foreign page at our own",
      { target: "/stats/summary", headers: [["Origin", "https://evil.example"]] },
    ],
    [
      "json_required",
      "a change sent as a form",
      { method: "POST", target: "/admin/api/requests", headers: [["Content-Type", "text/plain"]], body: "{}" },
    ],
  ];
  test.each(refused)("%s: %s", async (code, _what, request) => {
    const [before, rows] = [await refusals(code), (await stage.modeltap.rows(1000)).length];
    const answer = await rawRequest(stage.url, { headers: json, ...request });
    expectOwnError(code, answer);
    expect(JSON.parse(answer.text)).toMatchObject({
      [code === "unknown_path" ? "code" : "error"]: code === "unknown_path" ? code : { code, param: null },
    });
    expect(await refusals(code)).toBe(before + 1);
    expect(await stage.modeltap.rows(1000)).toHaveLength(rows);
    expect(stage.upstream.requests).toEqual([]);
  });

  test.each([
    ["/v1/messages", { type: "error", error: { type: "invalid_request_error", code: "host_not_allowed" } }],
    ["/v1beta/models/m:generateContent", { error: { code: 421, status: "FAILED_PRECONDITION" } }],
    ["/v1/chat/completions", { error: { type: "invalid_request_error", code: "host_not_allowed" } }],
  ])("a client of %s reads a refusal at the door in its own dialect", async (target, shape) => {
    const headers = [["Host", "evil.example"], ...json] as const;
    const answer = await rawRequest(stage.url, { target, headers, body: "{}" });
    expectOwnError("host_not_allowed", answer);
    expect(JSON.parse(answer.text)).toMatchObject(shape);
  });

  test("a client of /v1/messages reads of an unknown x-provider in its own dialect", async () => {
    const answer = await rawRequest(stage.url, { target: "/v1/messages", headers: [["X-Provider", "x"]], body: "{}" });
    expectOwnError("unknown_provider", answer);
    expect(JSON.parse(answer.text)).toMatchObject({ type: "error", error: { type: "not_found_error" } });
  });
});
