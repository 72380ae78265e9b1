/** @module Proof that the scripted upstream produces the faults and framings it names; without it no other test means much. */

import { afterEach, describe, expect, test } from "bun:test";
import { connect } from "node:net";
import { gunzipSync } from "node:zlib";

import { patternPieces, patternSha256, sha256, toBytes } from "./bytes.ts";
import { createCertificate } from "./certificate.ts";
import { toEventStreamFrame } from "./eventstream-frame.ts";
import { createGate, within } from "./gate.ts";
import { openRaw, rawRequest } from "./raw-request.ts";
import * as step from "./step.ts";
import { blackhole, refusedPort } from "./unreachable.ts";
import { createUpstream, type Script, type Upstream, type UpstreamOptions } from "./upstream.ts";

const open: Upstream[] = [];
afterEach(async () => {
  for (const upstream of open.splice(0)) await upstream.close();
});

async function upstreamWith(script: Script, options: UpstreamOptions = {}): Promise<Upstream> {
  const upstream = await createUpstream(options);
  open.push(upstream);
  return upstream.on(() => true, script);
}

describe("what it records", () => {
  test("request line, fields in order and case, and body are kept exactly", async () => {
    const upstream = await upstreamWith(step.json({ ok: true }));
    const response = await rawRequest(upstream.url, {
      method: "POST",
      target: "/v1/a%2Fb?x=1&x=%20",
      headers: [
        ["X-Two", "b"],
        ["x-one", "a"],
        ["X-Two", "c"],
      ],
      body: "hello",
    });
    const request = await upstream.nextWhole();
    expect(response.status).toBe(200);
    expect(request.target).toBe("/v1/a%2Fb?x=1&x=%20");
    expect(request.headerNames).toEqual(["Host", "X-Two", "x-one", "X-Two", "Content-Length"]);
    expect(request.text).toBe("hello");
    expect(request.sha256).toBe(sha256(toBytes("hello")));
  });

  test("a chunked body sent byte by byte loses its framing and keeps its trailers", async () => {
    const upstream = await upstreamWith(step.answer());
    const client = await openRaw(upstream.url);
    const wire =
      "POST /x HTTP/1.1\r\nhost: a\r\ntransfer-encoding: chunked\r\n\r\n3\r\nabc\r\n2;x=y\r\nde\r\n0\r\nx-sum: 5\r\n\r\n";
    await client.sendInPieces(toBytes(wire), 1);
    const request = await upstream.nextWhole();
    expect(request.text).toBe("abcde");
    expect(request.trailers).toEqual([["x-sum", "5"]]);
    await client[Symbol.asyncDispose]();
  });

  test("a connection is reused for the next request and counted once", async () => {
    const upstream = await upstreamWith(({ count }) => step.json({ count }));
    const client = await openRaw(upstream.url);
    await client.send("GET /1 HTTP/1.1\r\nhost: a\r\n\r\nGET /2 HTTP/1.1\r\nhost: a\r\n\r\n");
    await client.waitFor('{"count":1}');
    expect(upstream.connections).toBe(1);
    expect(upstream.requests.map((request) => request.connection)).toEqual([1, 1]);
    await client[Symbol.asyncDispose]();
  });

  test("a client that leaves before its answer is complete is noticed, one that leaves after is not", async () => {
    const gate = createGate();
    const upstream = await upstreamWith(({ count }) =>
      count === 0 ? [step.wait(gate.opened)] : step.answer({ body: "x" }),
    );
    const early = await openRaw(upstream.url);
    await early.send("GET / HTTP/1.1\r\nhost: a\r\n\r\n");
    const first = await upstream.next();
    early.abort();
    await within(first.disconnected, "disconnect");
    expect(first.disconnectedAtMs).toBeNumber();

    await rawRequest(upstream.url, { target: "/" });
    const second = await upstream.next();
    await Bun.sleep(20);
    expect(second.isAnswered).toBe(true);
    expect(second.disconnectedAtMs).toBeUndefined();
  });

  test("unknown requests get a 501 that names them", async () => {
    const upstream = await createUpstream();
    open.push(upstream);
    const response = await rawRequest(upstream.url, { target: "/nobody" });
    expect([response.status, response.text]).toEqual([501, "no script for GET /nobody"]);
  });

  test("the script added last wins, and text matchers ignore the query", async () => {
    const upstream = await upstreamWith(step.answer({ body: "any" }));
    upstream.on("GET /a", step.answer({ body: "exact" })).on(/^GET \/b/, step.answer({ body: "pattern" }));
    const bodies = await Promise.all(
      ["/a?q", "/b1", "/c"].map(async (target) => (await rawRequest(upstream.url, { target })).text),
    );
    expect(bodies).toEqual(["exact", "pattern", "any"]);
  });
});

describe("what it answers", () => {
  const framings = ["length", "chunked", "close"] as const;
  const codings = [undefined, "gzip", "br", "zstd", "deflate"] as const;

  test.each(framings.flatMap((framing) => codings.map((coding) => [framing, coding] as const)))(
    "framing %s with coding %s is whole",
    async (framing, coding) => {
      const text = "some text, ".repeat(200);
      const upstream = await upstreamWith(
        step.answer({ body: text, framing, pieces: 5, ...(coding === undefined ? {} : { coding }) }),
      );
      const response = await fetch(upstream.url);
      expect(await response.text()).toBe(text);
    },
  );

  test("SSE, NDJSON and event-stream bodies pass as written", async () => {
    const frame = toEventStreamFrame([[":event-type", "chunk"]], "{}");
    const upstream = await createUpstream();
    open.push(upstream);
    upstream
      .on("GET /sse", step.sse([{ event: "a", data: "1\n2", id: "7" }, "[DONE]"], { paceMs: 1 }))
      .on("GET /ndjson", step.ndjson([{ a: 1 }, { b: 2 }]))
      .on("GET /frames", step.eventStream([frame, frame]));
    expect(await (await fetch(`${upstream.url}/sse`)).text()).toBe(
      "event: a\nid: 7\ndata: 1\ndata: 2\n\ndata: [DONE]\n\n",
    );
    expect(await (await fetch(`${upstream.url}/ndjson`)).text()).toBe('{"a":1}\n{"b":2}\n');
    expect(await (await fetch(`${upstream.url}/frames`)).bytes()).toEqual(new Uint8Array([...frame, ...frame]));
  });

  test("an event-stream frame has the size and checksums the format asks for", () => {
    const frame = toEventStreamFrame([["a", "b"]], "{}");
    const view = new DataView(frame.buffer);
    expect(view.getUint32(0)).toBe(frame.length);
    expect(view.getUint32(8)).toBe(Bun.hash.crc32(frame.subarray(0, 8)));
    expect(view.getUint32(frame.length - 4)).toBe(Bun.hash.crc32(frame.subarray(0, -4)));
  });

  test("a coded stream is split at other places than its events", async () => {
    const upstream = await upstreamWith(step.sse(["one", "two", "three"], { coding: "gzip" }));
    const response = await rawRequest(upstream.url, { target: "/" });
    expect(gunzipSync(response.body).toString()).toBe("data: one\n\ndata: two\n\ndata: three\n\n");
  });

  test("204, 304 and HEAD carry no body, and the connection stays usable", async () => {
    const upstream = await createUpstream();
    open.push(upstream);
    upstream
      .on("GET /204", step.answer({ status: 204 }))
      .on("GET /304", [step.head(304, [["content-length", "99"]])])
      .on(/^HEAD/, step.answer({ body: "12345" }))
      .on("GET /last", step.answer({ body: "last", framing: "close" }));
    const client = await openRaw(upstream.url);
    for (const line of ["GET /204", "GET /304", "HEAD /head", "GET /last"])
      await client.send(`${line} HTTP/1.1\r\nhost: a\r\n\r\n`);
    expect(await client.waitForEnd()).toBe("end");
    expect(client.text.match(/HTTP\/1.1 (\d+)/g)).toEqual([
      "HTTP/1.1 204",
      "HTTP/1.1 304",
      "HTTP/1.1 200",
      "HTTP/1.1 200",
    ]);
    expect(client.text.endsWith("\r\n\r\nlast")).toBe(true);
    expect(client.text).not.toContain("12345");
  });

  test("1xx answers come before the real one, trailers after it, redirects with their target", async () => {
    const early = [
      step.informational(103, [["link", "</a>"]]),
      ...step.answer({ framing: "chunked", body: "x", trailers: [["x-t", "1"]] }),
    ];
    const upstream = (await upstreamWith(early)).on("GET /r", step.redirect("/elsewhere", 302));
    const client = await openRaw(upstream.url);
    await client.send("GET / HTTP/1.1\r\nhost: a\r\n\r\n");
    const response = await client.response();
    expect(client.text.startsWith("HTTP/1.1 103 Early Hints\r\nlink: </a>\r\n\r\nHTTP/1.1 200")).toBe(true);
    expect([response.status, response.text, response.trailers]).toEqual([200, "x", [["x-t", "1"]]]);
    expect((await rawRequest(upstream.url, { target: "/r" })).header("location")).toBe("/elsewhere");
    await client[Symbol.asyncDispose]();
  });

  test("a huge body is made while it is sent and stops growing while nobody reads", async () => {
    const totalBytes = 48 * 1024 * 1024;
    const upstream = await upstreamWith([
      step.head(200, [["content-length", String(totalBytes)]]),
      step.pattern(totalBytes),
    ]);
    const client = await openRaw(upstream.url);
    await client.send("GET / HTTP/1.1\r\nhost: a\r\n\r\n");
    client.pause();
    const request = await upstream.next();
    await Bun.sleep(150);
    expect(request.sentBodyBytes).toBeLessThan(totalBytes);
    await client[Symbol.asyncDispose]();

    const hasher = new Bun.CryptoHasher("sha256");
    for await (const piece of (await fetch(upstream.url)).body ?? []) hasher.update(piece);
    expect(hasher.digest("hex")).toBe(patternSha256(totalBytes));
    expect([...patternPieces(100_000)].reduce((sum, piece) => sum + piece.length, 0)).toBe(100_000);
  });
});

describe("how it fails", () => {
  test("limit counts body bytes exactly, then cuts or resets", async () => {
    const body = step.answer({ body: "x".repeat(1000), framing: "chunked", pieces: 7 });
    const upstream = await upstreamWith(({ count }) => [step.limit(500, count === 0 ? "cut" : "reset"), ...body]);
    for (const how of ["end", "reset"] as const) {
      const client = await openRaw(upstream.url);
      await client.send("GET / HTTP/1.1\r\nhost: a\r\n\r\n");
      expect(await client.waitForEnd()).toBe(how);
      expect((await upstream.next()).sentBodyBytes).toBe(500);
      if (how === "end") expect(client.text.match(/x/g)?.length).toBe(500);
    }
  });

  test("a head without its body, ended by FIN or RST, is told apart", async () => {
    const upstream = await upstreamWith(({ count }) => [
      step.head(200, [["content-length", "10"]]),
      step.body("abc"),
      step.delay(20),
      count === 0 ? step.cut() : step.reset(),
    ]);
    for (const how of ["end", "reset"] as const) {
      const client = await openRaw(upstream.url);
      await client.send("GET / HTTP/1.1\r\nhost: a\r\n\r\n");
      await client.waitFor("abc");
      expect(await client.waitForEnd()).toBe(how);
    }
  });

  test("raw bytes need not be HTTP, and never leaves the client waiting", async () => {
    const upstream = await upstreamWith(({ count }) =>
      count === 0 ? [step.raw("garbage\r\n\r\n"), step.cut()] : [step.never()],
    );
    const garbage = await openRaw(upstream.url);
    await garbage.send("GET / HTTP/1.1\r\nhost: a\r\n\r\n");
    await garbage.waitForEnd();
    expect(garbage.text).toBe("garbage\r\n\r\n");
    const silent = await openRaw(upstream.url);
    await silent.send("GET / HTTP/1.1\r\nhost: a\r\n\r\n");
    expect(await silent.waitForEnd(100)).toBe("open");
    expect(silent.text).toBe("");
    silent.halfClose();
    expect(await silent.waitForEnd()).toBe("end");
  });

  test("a script at the head answers before the body is there", async () => {
    const upstream = await createUpstream();
    open.push(upstream);
    upstream.on("POST /big", step.answer({ status: 413, body: "no" }), { at: "head" });
    upstream.on(
      "POST /slow",
      [step.raw("HTTP/1.1 100 Continue\r\n\r\n"), step.readBody(), ...step.answer({ body: "read" })],
      { at: "head" },
    );
    const client = await openRaw(upstream.url);
    await client.send("POST /big HTTP/1.1\r\nhost: a\r\ncontent-length: 1000000\r\n\r\nabc");
    expect((await client.response()).status).toBe(413);
    expect(upstream.requests[0]?.isBodyComplete).toBe(false);
    await client[Symbol.asyncDispose]();
    const slow = await openRaw(upstream.url);
    await slow.send("POST /slow HTTP/1.1\r\nhost: a\r\ncontent-length: 4\r\n\r\n");
    await slow.waitFor("100 Continue");
    await slow.send("abcd");
    expect((await slow.response()).text).toBe("read");
    await slow[Symbol.asyncDispose]();
  });

  test("connections can be held unread, reset or closed at once", async () => {
    const upstream = await upstreamWith(step.answer(), { accept: "hold" });
    const held = await openRaw(upstream.url);
    await held.send("GET / HTTP/1.1\r\nhost: a\r\n\r\n");
    expect(await held.waitForEnd(80)).toBe("open");
    expect(upstream.requests).toEqual([]);
    expect(upstream.openConnections).toBe(1);
    upstream.accept = "reset";
    const dropped = await openRaw(upstream.url);
    expect(await dropped.waitForEnd()).toBe("reset");
    upstream.accept = "close";
    const closed = await openRaw(upstream.url);
    expect(await closed.waitForEnd()).toBe("end");
    await held[Symbol.asyncDispose]();
  });

  test("connecting to a black hole hangs, to a refused port fails", async () => {
    await using hole = await blackhole();
    const socket = connect(hole.port, "127.0.0.1");
    let outcome = "waiting";
    socket.on("connect", () => (outcome = "connected"));
    socket.on("error", () => (outcome = "failed"));
    await Bun.sleep(200);
    expect(outcome).toBe("waiting");
    socket.destroy();
    expect(hole.url).toContain(String(hole.port));
    const refused = await fetch(`http://127.0.0.1:${await refusedPort()}`).catch((error: Error) => error);
    expect(refused).toBeInstanceOf(Error);
  });

  test("TLS is served with a certificate that only those trust who were given it", async () => {
    const certificate = await createCertificate();
    const upstream = await upstreamWith(step.answer({ body: "secret" }), { tls: certificate });
    expect(upstream.url.startsWith("https://")).toBe(true);
    const trusted = await fetch(upstream.url, { tls: { ca: certificate.cert } });
    expect(await trusted.text()).toBe("secret");
    const stranger = await fetch(upstream.url).catch((error: Error) => error);
    expect(stranger).toBeInstanceOf(Error);
  });
});
