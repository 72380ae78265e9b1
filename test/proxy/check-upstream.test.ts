import { afterAll, describe, expect, test } from "bun:test";
import { checkUpstream, type UpstreamCheck } from "../../src/proxy/check-upstream.ts";
import type { Upstream } from "../../src/provider/upstream.ts";

const seen: Request[] = [];
const server = Bun.serve({
  port: 0,
  hostname: "127.0.0.1",
  fetch(request) {
    seen.push(request);
    const { pathname } = new URL(request.url);
    if (pathname === "/hangs") return new Promise<Response>(() => {});
    return new Response(null, { status: Number(pathname.slice(1)), headers: { location: "http://127.0.0.1:1/" } });
  },
});
afterAll(() => server.stop(true));

const upstream = (path: string): Upstream => ({
  id: "openai",
  provider: "openai",
  family: "openai",
  baseUrl: `http://127.0.0.1:${server.port}${path}`,
  local: false,
  includeUsage: "auto",
  capture: "full",
  captureBytes: 1,
  tlsInsecure: false,
  credential: { mode: "bearer", header: "authorization", from: "environment X", read: () => "sk-never" },
});
const check = (fields: Partial<UpstreamCheck>, signal = AbortSignal.timeout(2000)) =>
  checkUpstream(
    {
      upstream: undefined,
      breaker: undefined,
      network: { noProxy: [] },
      offline: false,
      userAgent: "modeltap/1",
      ...fields,
    },
    signal,
  );

describe("a status below 500 is an answer", () => {
  test.each([
    [200, "pass"],
    [302, "pass"],
    [401, "pass"],
    [404, "pass"],
    [500, "fail"],
    [503, "fail"],
  ] as const)("%d is %s", async (status, result) => {
    expect(await check({ upstream: upstream(`/${status}`) })).toMatchObject({ status: result, statusCode: status });
  });
});

test("no credential goes with it", async () => {
  await check({ upstream: upstream("/200") });
  expect(seen.at(-1)?.method).toBe("HEAD");
  expect(seen.at(-1)?.headers.get("authorization")).toBeNull();
});

test("who does not answer or is not there fails", async () => {
  expect(await check({ upstream: upstream("/hangs") }, AbortSignal.timeout(50))).toMatchObject({ status: "fail" });
  const gone = { ...upstream(""), baseUrl: "http://127.0.0.1:1" };
  expect(await check({ upstream: gone })).toMatchObject({ status: "fail", output: "no answer" });
});

test("nobody is asked where there is none, its breaker is open, or we are offline", async () => {
  const before = seen.length;
  expect(await check({})).toMatchObject({ status: "pass" });
  expect(await check({ upstream: upstream("/200"), offline: true })).toMatchObject({ status: "pass" });
  const { baseUrl: _url, ...bare } = upstream("/200");
  expect(await check({ upstream: bare })).toMatchObject({ status: "warn" });
  const breaker = { state: "open" } as NonNullable<UpstreamCheck["breaker"]>;
  expect(await check({ upstream: upstream("/200"), breaker })).toMatchObject({ status: "fail" });
  expect(seen.length).toBe(before);
});
