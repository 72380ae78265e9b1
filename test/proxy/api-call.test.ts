import { afterEach, expect, test } from "bun:test";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { createApiCall } from "../../src/proxy/api-call.ts";

const SILENCE_MS = 600;
const closing: (() => unknown)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0).toReversed()) await close();
});

/** An api process that answers by the given function, and the way to call it. */
function start(answer: (request: Request) => Response | Promise<Response>) {
  const folder = mkdtempSync(join(tmpdir(), "modeltap-api-call-"));
  const socket = join(folder, "api.sock");
  const server = Bun.serve({ unix: socket, fetch: answer });
  closing.push(
    () => rmSync(folder, { recursive: true, force: true }),
    () => server.stop(true),
  );
  const call = createApiCall({ socket, silenceMs: SILENCE_MS });
  return (path: string, init: RequestInit = {}) => call(new Request(`http://localhost${path}`, init), path, "");
}

const forever = (): Promise<Response> => new Promise(() => {});

/** One piece at once, another after a while. */
const twoPieces = (ms: number, type: string): Response =>
  new Response(
    new ReadableStream({
      async start(controller) {
        controller.enqueue("one,");
        await Bun.sleep(ms);
        controller.enqueue("two");
        controller.close();
      },
    }),
    { headers: { "content-type": type } },
  );

test("an api process that is frozen is given up, and the answer says when to come again", async () => {
  const call = start(forever);
  const at = performance.now();
  const answer = await call("/stats/summary");
  expect(performance.now() - at).toBeLessThan(5000);
  expect([answer.status, answer.headers.get("x-modeltap-error"), answer.headers.get("retry-after")]).toEqual([
    503,
    "api_unavailable",
    "1",
  ]);
  expect(await answer.text()).toContain("said nothing for 0.6 s");
});

test("one that freezes in the middle of an answer breaks it off instead of ending it clean", async () => {
  const call = start(() => twoPieces(20_000, "application/json"));
  const answer = await call("/stats/summary");
  expect(await answer.text().catch(() => "broken")).toBe("broken");
});

test("a slow answer whose pieces keep coming passes whole, longer than the limit in all", async () => {
  const call = start(() => {
    let piece = 0;
    return new Response(
      new ReadableStream({
        async pull(controller) {
          await Bun.sleep(SILENCE_MS / 6);
          if (piece < 10) controller.enqueue(`${piece++}`);
          else controller.close();
        },
      }),
    );
  });
  expect(await (await call("/stats/summary")).text()).toBe("0123456789");
});

test("a live feed may rest longer than the limit", async () => {
  const call = start(() => twoPieces(SILENCE_MS * 3, "text/event-stream; charset=utf-8"));
  expect(await (await call("/admin/api/live")).text()).toBe("one,two");
});

test("a client that rests is not taken for a silent api", async () => {
  const call = start(() => twoPieces(1, "text/plain"));
  const answer = await call("/stats/summary");
  await Bun.sleep(SILENCE_MS * 2);
  expect(await answer.text()).toBe("one,two");
});

test("a client that goes ends the call at the api", async () => {
  const seen = Promise.withResolvers<void>();
  const call = start((request) => {
    request.signal.addEventListener("abort", () => seen.resolve());
    return new Response(new ReadableStream({ pull: () => new Promise(() => {}) }), {
      headers: { "content-type": "text/event-stream" },
    });
  });
  const leaving = new AbortController();
  const answer = await call("/admin/api/live", { signal: leaving.signal });
  leaving.abort();
  await seen.promise;
  await answer.body?.cancel().catch(() => undefined);
});

test("a body without a length is counted: an endless one is refused, and nothing of it passed on", async () => {
  let asked = 0;
  const call = start(async (request) => {
    asked += 1;
    return new Response(String((await request.bytes()).length));
  });
  const piece = new Uint8Array(1024 * 1024);
  const create = (pieces: number) => {
    let left = pieces;
    return new ReadableStream<Uint8Array>({
      pull: (controller) => (left-- > 0 ? controller.enqueue(piece) : controller.close()),
    });
  };
  const answer = await call("/admin/api-keys", { method: "POST", body: create(Number.POSITIVE_INFINITY) });
  expect([answer.status, answer.headers.get("x-modeltap-error"), asked]).toEqual([413, "request_too_large", 0]);
  const whole = await call("/admin/api-keys", { method: "POST", body: create(16) });
  expect(await whole.text()).toBe(String(16 * piece.length));
});
