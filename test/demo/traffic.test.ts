import { afterEach, expect, test } from "bun:test";

import { type DemoProvider, startDemoProvider } from "../../src/demo/provider.ts";
import { createRandom } from "../../src/demo/random.ts";
import { type DemoTraffic, startDemoTraffic } from "../../src/demo/traffic.ts";
import { eventually } from "../support/gate.ts";

const cleanUp: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const close of cleanUp.splice(0).toReversed()) await close();
});

type Relay = { readonly url: string; readonly seen: string[]; readonly bodies: string[]; mostOpen: number };

/** Stands where the proxy will: passes all on and notes what came by. */
function startRelay(provider: DemoProvider): Relay {
  const relay: Relay = { url: "", seen: [], bodies: [], mostOpen: 0 };
  const server = Bun.serve({
    hostname: "127.0.0.1",
    port: 0,
    idleTimeout: 0,
    development: false,
    async fetch(request) {
      const { pathname, search } = new URL(request.url);
      relay.seen.push(pathname);
      relay.mostOpen = Math.max(relay.mostOpen, server.pendingRequests);
      const body = await request.text();
      relay.bodies.push(body);
      const answer = await fetch(`${provider.url}${pathname}${search}`, {
        method: request.method,
        headers: request.headers,
        ...(body === "" ? {} : { body }),
        signal: request.signal,
        decompress: false,
      });
      return new Response(pass(answer), { status: answer.status, headers: answer.headers });
    },
    // Only a client that has left makes the fetch above fail: nobody reads this.
    error: () => new Response(null, { status: 500 }),
  });
  cleanUp.push(() => server.stop(true));
  return Object.assign(relay, { url: `http://127.0.0.1:${server.port}` });
}

/** By hand, because Bun prints what breaks a body it passes on by itself. */
function pass(answer: Response): ReadableStream<Uint8Array> {
  const reader = answer.body?.getReader();
  return new ReadableStream({
    async pull(controller) {
      const piece = await reader?.read().catch((error: unknown) => controller.error(error));
      if (piece?.done === false) controller.enqueue(piece.value);
      else if (piece !== undefined) controller.close();
    },
  });
}

function startAll(
  seed: number,
  pace: number,
): { provider: DemoProvider; relay: Relay; traffic: DemoTraffic; errors: Error[] } {
  const provider = startDemoProvider({ random: createRandom(seed), pace });
  cleanUp.push(() => provider.close());
  const relay = startRelay(provider);
  const errors: Error[] = [];
  const traffic = startDemoTraffic({
    proxyUrl: relay.url,
    random: createRandom(seed),
    pace,
    onError: (error) => errors.push(error),
  });
  cleanUp.push(() => traffic.stop());
  return { provider, relay, traffic, errors };
}

const FAMILIES = [
  "/v1/messages",
  "/v1/messages/count_tokens",
  "/anthropic/v1/messages",
  "/openai/v1/chat/completions",
  "/openai/v1/responses",
  "/openai/v1/embeddings",
  "/openai/v1/models",
  "/groq/openai/v1/chat/completions",
  "/openrouter/api/v1/chat/completions",
  "/api/chat",
  "/api/tags",
  "/v1beta/models/gemini-2.5-pro:streamGenerateContent",
];

test("every family is called, few are open at once, nothing unexpected, and the stop is clean", async () => {
  const { provider, relay, traffic, errors } = startAll(1, 0.01);
  await eventually(
    () => (FAMILIES.every((path) => relay.seen.includes(path)) ? true : undefined),
    "a request of each family",
    30_000,
  );
  // Four sessions, and of each perhaps one that its client has just left.
  expect(relay.mostOpen).toBeLessThanOrEqual(8);
  await traffic.stop();
  await eventually(() => (provider.openRequests() === 0 ? true : undefined), "the end of all requests");
  const count = relay.seen.length;
  await Bun.sleep(50);
  expect(relay.seen.length).toBe(count);
  expect(errors).toEqual([]);
}, 40_000);

test("a stop in the middle of streams resolves with nothing left", async () => {
  const { provider, traffic, errors } = startAll(2, 0.5);
  await eventually(() => (provider.openRequests() >= 2 ? true : undefined), "two open requests");
  await traffic.stop();
  await eventually(() => (provider.openRequests() === 0 ? true : undefined), "the end of all requests");
  expect(errors).toEqual([]);
});

test("one seed opens with the same sessions, another with others", async () => {
  const openings = async (seed: number): Promise<string[]> => {
    const { relay, traffic } = startAll(seed, 0.02);
    const findTitle = () => relay.bodies.filter((body) => body.includes("Title for: ")).slice(0, 1);
    await eventually(() => (findTitle().length > 0 ? true : undefined), "the first call of the coding agent");
    await traffic.stop();
    return findTitle();
  };
  const first = await openings(5);
  expect(await openings(5)).toEqual(first);
  expect(await openings(6)).not.toEqual(first);
});

test("a proxy that is not there is told of, and not hammered", async () => {
  const errors: Error[] = [];
  const traffic = startDemoTraffic({
    // Port 9 is the discard service, which nobody runs.
    proxyUrl: "http://127.0.0.1:9",
    random: createRandom(1),
    pace: 0,
    onError: (error) => errors.push(error),
  });
  await eventually(() => (errors.length >= 4 ? true : undefined), "an error of each lane");
  await traffic.stop();
  expect(errors.length).toBeLessThanOrEqual(8);
});
