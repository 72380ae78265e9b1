/** @module The load generator, a process of its own: raw sockets that ask, read the whole answer, and ask again. */

import { toOrderText, toRequestBody } from "./answer.ts";
import { AnswerWatch } from "./answer-watch.ts";
import type { LoadOrder, LoadResult } from "./order.ts";
import { quantile } from "./quantile.ts";

// Written by our own harness as its only argument.
const order = JSON.parse(Bun.argv[2] ?? "{}") as LoadOrder;
const { hostname, port, host, pathname } = new URL(order.url);
const request = toRequest();
const startedAt = performance.now();
const measureFrom = startedAt + order.warmupMs;
const stopAt = measureFrom + order.durationMs;
const latencies: number[] = [];
const firstBytes: number[] = [];
let totalRequests = 0;
let issued = 0;
let failures = 0;
let streamsOpen = 0;

if (order.hold === true) {
  for (let i = 0; i < order.connections; i++) {
    void runConnection();
    // Spread over time: a burst of SYNs over the listen queue would measure the kernel's retries.
    if (i % 50 === 49) await Bun.sleep(20);
  }
  while (streamsOpen + failures < order.connections) await Bun.sleep(20);
  console.log(JSON.stringify(toResult()));
  for await (const _ of Bun.stdin.stream());
  process.exit(0);
}
await Promise.all(Array.from({ length: order.connections }, runConnection));
console.log(JSON.stringify(toResult()));

/** Asks again on the same connection until the time is over; a lost connection counts as a failure and is opened anew. */
async function runConnection(): Promise<void> {
  let failed = 0;
  while (performance.now() < stopAt && failed < 20 && !isEnough()) {
    const result = await runRequests();
    if (result === "failed") {
      failures += 1;
      failed += 1;
      await Bun.sleep(20);
    }
  }
}

function isEnough(): boolean {
  return order.maxRequests !== undefined && issued >= order.maxRequests;
}

async function runRequests(): Promise<"done" | "failed"> {
  const { promise, resolve } = Promise.withResolvers<"done" | "failed">();
  const watch = new AnswerWatch();
  let unsent = 0;
  let sentAt = 0;
  let isFirst = true;
  const flush = (socket: Bun.Socket) => {
    while (unsent > 0) {
      const written = socket.write(request, request.length - unsent, unsent);
      unsent -= Math.max(0, written);
      if (written <= 0 || unsent > 0) return;
    }
  };
  const ask = (socket: Bun.Socket) => {
    if (performance.now() >= stopAt || isEnough()) {
      resolve("done");
      socket.end();
      return;
    }
    issued += 1;
    sentAt = performance.now();
    isFirst = true;
    unsent = request.length;
    flush(socket);
  };
  await Bun.connect({
    hostname,
    port: Number(port),
    socket: {
      open: ask,
      drain: flush,
      data(socket, bytes) {
        const now = performance.now();
        if (isFirst) {
          isFirst = false;
          streamsOpen += 1;
          if (sentAt >= measureFrom) firstBytes.push(now - sentAt);
        }
        if (!watch.feed(bytes)) return;
        totalRequests += 1;
        if (watch.status !== 200) failures += 1;
        else if (sentAt >= measureFrom) latencies.push(now - sentAt);
        watch.reset();
        ask(socket);
      },
      close: () => resolve("failed"),
      error: () => resolve("failed"),
    },
  }).catch(() => resolve("failed"));
  return promise;
}

function toRequest(): Uint8Array {
  const body = new TextEncoder().encode(toRequestBody(order.requestBytes, order.answer.type === "events"));
  const head = [
    `POST ${pathname.replace(/\/$/, "")}/v1/chat/completions HTTP/1.1`,
    `Host: ${host}`,
    "Content-Type: application/json",
    `Authorization: Bearer ${order.bearer ?? "bench"}`,
    "Accept: */*",
    "User-Agent: modeltap-bench",
    `X-Bench: ${toOrderText(order.answer)}`,
    `Content-Length: ${body.length}`,
  ].join("\r\n");
  return Buffer.concat([Buffer.from(`${head}\r\n\r\n`), body]);
}

function toResult(): LoadResult {
  return {
    requests: latencies.length,
    totalRequests,
    failures,
    seconds: (performance.now() - measureFrom) / 1000,
    p50Ms: quantile(latencies, 0.5),
    p99Ms: quantile(latencies, 0.99),
    firstByteP50Ms: quantile(firstBytes, 0.5),
  };
}
