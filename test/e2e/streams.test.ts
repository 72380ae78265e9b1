import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { readFileSync } from "node:fs";
import { once } from "node:events";
import { connect, createServer, type AddressInfo } from "node:net";

import { patternPieces, patternSha256, sha256 } from "../support/bytes.ts";
import { createGate, eventually, within } from "../support/gate.ts";
import { BodyReader, findHead, framingOf } from "../support/http-message.ts";
import { head, json, pattern, sse, sseText } from "../support/step.ts";
import { chatEvents } from "./answers.ts";
import { createStage, type Stage } from "./stage.ts";

const MB = 1024 * 1024;

let stage: Stage;
let slow: Awaited<ReturnType<typeof createSlowUpstream>>;
beforeAll(async () => {
  slow = await createSlowUpstream();
  stage = await createStage({ providers: { vllm: { base_url: slow.url } } });
});
afterAll(async () => {
  await stage[Symbol.asyncDispose]();
  slow.close();
});

/** An upstream that reads the head of a request, then nothing until it is told to; then hashes the body and answers. */
async function createSlowUpstream() {
  const hasher = new Bun.CryptoHasher("sha256");
  const open = createGate();
  const server = createServer((socket) => {
    socket.on("error", () => undefined);
    let reader: BodyReader | undefined;
    let pending = Buffer.alloc(0);
    const take = (bytes: Uint8Array) => {
      reader?.feed(bytes);
      if (reader?.complete === true) socket.write("HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\n{}");
    };
    socket.on("data", (bytes: Buffer) => {
      if (reader !== undefined) return take(bytes);
      pending = Buffer.concat([pending, bytes]);
      const found = findHead(pending);
      if (found === undefined) return;
      reader = new BodyReader(framingOf(found.headers, "none"), (piece) => hasher.update(piece));
      socket.pause();
      void open.opened.then(() => socket.resume());
      take(pending.subarray(found.headBytes));
    });
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return {
    // `address()` is text only for unix sockets.
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    resume: () => open.open(),
    sha256: () => hasher.digest("hex"),
    close: () => server.close(),
  };
}

test("a hundred streams at once, each at its own pace, come through unmixed", async () => {
  const count = 100;
  const eventsOf = (n: number) =>
    chatEvents(
      Array.from({ length: 20 + (n % 13) }, (_, i) => ({ content: `stream ${n}, piece ${i}: ${"é☃".repeat(n % 7)}` })),
      { input: 1000 + n, output: n },
    );
  stage.upstream.on("POST /v1/chat/completions", ({ request }) => {
    const n = Number(request.header("x-number"));
    return sse(eventsOf(n), { paceMs: n % 9, ...(n % 4 === 0 ? { coding: "gzip" } : {}) });
  });
  const hashes = await Promise.all(
    Array.from({ length: count }, async (_, n) => {
      const response = await fetch(`${stage.url}/openai/v1/chat/completions`, {
        method: "POST",
        headers: { "content-type": "application/json", "x-number": String(n), "accept-encoding": "gzip" },
        body: JSON.stringify({ model: "m", stream: true, stream_options: { include_usage: true } }),
      });
      return sha256(await response.bytes());
    }),
  );
  expect(hashes).toEqual(
    Array.from({ length: count }, (_, n) => sha256(Buffer.from(eventsOf(n).map(sseText).join("")))),
  );
  const rows = await stage.takeRows(count, 15_000);
  const counts = rows.map((row) => [row.input_tokens ?? 0, row.output_tokens ?? 0]).sort(([a = 0], [b = 0]) => a - b);
  expect(counts).toEqual(Array.from({ length: count }, (_, n) => [1000 + n, n]));
}, 20_000);

/** Resident memory of a process, in bytes. */
function readRss(pid: number): number {
  const kib = /^VmRSS:\s+(\d+) kB/m.exec(readFileSync(`/proc/${pid}/status`, "utf8"))?.[1];
  return Number(kib) * 1024;
}

/** Waits until `read` answers the same for half a second: what flows has come to rest. */
async function waitForRest(read: () => number): Promise<number> {
  let last = read();
  let since = performance.now();
  return eventually(() => {
    const now = read();
    if (now !== last) {
      last = now;
      since = performance.now();
    }
    return performance.now() - since > 500 ? last : undefined;
  }, "the flow to come to rest");
}

/** A client that hashes what it reads, and reads only when told to. */
function openSlowClient(text: string) {
  const { hostname, port } = new URL(stage.url);
  const socket = connect({ host: hostname, port: Number(port) });
  const hasher = new Bun.CryptoHasher("sha256");
  const done = Promise.withResolvers<string>();
  let headBytes = Buffer.alloc(0);
  let reader: BodyReader | undefined;
  socket.on("error", done.reject);
  socket.on("data", (bytes: Buffer) => {
    let rest: Uint8Array = bytes;
    if (reader === undefined) {
      headBytes = Buffer.concat([headBytes, bytes]);
      const found = findHead(headBytes);
      if (found === undefined) return;
      reader = new BodyReader(framingOf(found.headers, "close"), (piece) => hasher.update(piece));
      rest = headBytes.subarray(found.headBytes);
    }
    reader.feed(rest);
    if (reader.complete) done.resolve(hasher.digest("hex"));
  });
  socket.pause();
  socket.write(text);
  return { socket, sha256: done.promise };
}

describe("back-pressure", () => {
  test("a client that stops reading stops the upstream: the proxy's memory stays where it was", async () => {
    const total = 192 * MB;
    stage.upstream.on("GET /v1/files/x/content", [
      head(200, [
        ["content-type", "application/octet-stream"],
        ["content-length", String(total)],
      ]),
      pattern(total),
    ]);
    const { proxy } = await stage.modeltap.pids();
    const before = readRss(proxy);
    const client = openSlowClient("GET /openai/v1/files/x/content HTTP/1.1\r\nHost: localhost\r\n\r\n");
    const request = await eventually(
      () => stage.upstream.requests.find(({ target }) => target === "/v1/files/x/content"),
      "the request at the upstream",
    );
    const sent = await waitForRest(() => request.sentBodyBytes);
    expect(sent).toBeGreaterThan(0);
    expect(sent).toBeLessThan(48 * MB);
    expect(readRss(proxy) - before).toBeLessThan(64 * MB);
    // Meanwhile others are served.
    stage.upstream.on("GET /v1/models", json({ data: [] }));
    expect((await fetch(`${stage.url}/openai/v1/models`)).status).toBe(200);
    client.socket.resume();
    expect(await within(client.sha256, "the rest", 20_000)).toBe(patternSha256(total));
    expect(readRss(proxy) - before).toBeLessThan(128 * MB);
    client.socket.destroy();
    expect(await stage.takeRows(2)).toMatchObject([{}, {}]);
  }, 30_000);

  test("an upstream that stops reading stops the client's upload", async () => {
    const total = 128 * MB;
    const { proxy } = await stage.modeltap.pids();
    const before = readRss(proxy);
    const { hostname, port } = new URL(stage.url);
    const socket = connect({ host: hostname, port: Number(port) });
    const answered = Promise.withResolvers<string>();
    socket.on("data", (bytes) => answered.resolve(String(bytes)));
    socket.on("error", answered.reject);
    const fields = `Host: localhost\r\nContent-Type: application/octet-stream\r\nContent-Length: ${total}`;
    socket.write(`POST /vllm/v1/files HTTP/1.1\r\n${fields}\r\n\r\n`);
    let written = 0;
    const upload = (async () => {
      for (const piece of patternPieces(total)) {
        if (!socket.write(piece)) await new Promise((resolve) => socket.once("drain", resolve));
        written += piece.length;
      }
    })();
    expect(await waitForRest(() => written)).toBeLessThan(48 * MB);
    expect(readRss(proxy) - before).toBeLessThan(64 * MB);
    slow.resume();
    await within(upload, "the upload", 20_000);
    expect(await within(answered.promise, "the answer", 20_000)).toStartWith("HTTP/1.1 200");
    expect(slow.sha256()).toBe(patternSha256(total));
    expect(readRss(proxy) - before).toBeLessThan(128 * MB);
    socket.destroy();
    expect(await stage.takeRow()).toMatchObject({ provider: "vllm", status_code: 200, state: "completed" });
  }, 40_000);
});
