import { afterEach, describe, expect, test } from "bun:test";
import { connect } from "node:net";
import { patternSha256, sha256 } from "../support/bytes.ts";
import { createProxyCase, startProxy } from "../support/proxy.ts";
import { openRaw, rawRequest } from "../support/raw-request.ts";
import * as step from "../support/step.ts";

const { opened, start, close } = createProxyCase();
afterEach(close);

describe("fidelity", () => {
  test.each(["identity", "gzip", "br", "zstd", "deflate"] as const)(
    "a %s answer comes back byte for byte, in both framings",
    async (coding) => {
      const { upstream, proxy } = await start();
      const plain = "héllo ".repeat(5000);
      for (const framing of ["length", "chunked"] as const) {
        const options = { body: plain, framing, pieces: 7, contentType: "application/json" };
        upstream.on("POST /v1/x", step.answer(coding === "identity" ? options : { ...options, coding }));
        const response = await rawRequest(proxy.url, {
          method: "POST",
          target: "/openai/v1/x",
          body: "{}",
          headers: [["accept-encoding", "gzip"]],
        });
        const expected =
          coding === "identity"
            ? new TextEncoder().encode(plain)
            : step.encode(new TextEncoder().encode(plain), coding);
        expect(sha256(response.body)).toBe(sha256(expected));
        expect(response.complete).toBe(true);
        expect(response.header("content-encoding")).toBe(coding === "identity" ? undefined : coding);
        if (framing === "length") expect(response.header("content-length")).toBe(String(expected.length));
      }
      const second = await proxy.ended(1);
      expect(second.end.responseJournaled).toBe(second.end.responseBytes);
    },
  );

  test("request bodies of every kind and framing arrive byte for byte", async () => {
    const { upstream, proxy } = await start();
    upstream.on(/^POST/, step.json({ ok: true }));
    const random = crypto.getRandomValues(new Uint8Array(60_000));
    const large = Buffer.concat(Array.from({ length: 60 }, () => random));
    for (const [type, body] of [
      ["application/json", Buffer.from('{"a": 1.0,  "b":"\\u00e9"}')],
      ["application/octet-stream", random],
      ["multipart/form-data; boundary=x", large],
      ["text/plain", Buffer.alloc(0)],
    ] as const) {
      const client = await openRaw(proxy.url);
      opened.push(client);
      await client.send(
        `POST /openai/v1/files HTTP/1.1\r\nHost: localhost\r\nContent-Type: ${type}\r\nContent-Encoding: x-own\r\nContent-Length: ${body.length}\r\n\r\n`,
      );
      await client.send(body);
      expect((await client.response()).status).toBe(200);
      const got = await upstream.nextWhole();
      expect(sha256(got.body)).toBe(sha256(body));
      expect([got.header("content-type"), got.header("content-encoding"), got.header("content-length")]).toEqual([
        type,
        "x-own",
        String(body.length),
      ]);
      const chunked = await openRaw(proxy.url);
      opened.push(chunked);
      await chunked.send("POST /openai/v1/files HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n");
      for (let at = 0; at < body.length; at += 50_000) {
        const piece = body.subarray(at, at + 50_000);
        await chunked.send(
          Buffer.concat([Buffer.from(`${piece.length.toString(16)}\r\n`), piece, Buffer.from("\r\n")]),
        );
      }
      await chunked.send("0\r\n\r\n");
      expect((await chunked.response()).status).toBe(200);
      expect(sha256((await upstream.nextWhole()).body)).toBe(sha256(body));
    }
    for (const [index, exchange] of proxy.exchanges.entries()) {
      expect((await proxy.ended(index)).end.requestJournaled).toBe(proxy.body(exchange, "request").length);
    }
  });

  test("statuses, HEAD, 204, 304, redirects and informational answers pass", async () => {
    const { upstream, proxy } = await start();
    upstream.on("GET /204", step.answer({ status: 204 }));
    upstream.on("GET /304", [
      step.head(304, [
        ["etag", '"x"'],
        ["content-length", "55"],
      ]),
    ]);
    upstream.on("HEAD /head", [
      step.head(200, [
        ["content-length", "1234"],
        ["content-type", "text/x"],
      ]),
    ]);
    upstream.on("POST /redirect", step.redirect("https://elsewhere.invalid/x"));
    upstream.on("GET /early", [step.informational(103, [["link", "</a>"]]), ...step.answer({ body: "ok" })]);
    upstream.on("GET /418", step.answer({ status: 418, body: "tea" }));
    upstream.on("GET /599", step.answer({ status: 599, body: "x" }));
    const get = (target: string, method = "GET") =>
      rawRequest(proxy.url, { method, target: `/openai${target}`, ...(method === "POST" ? { body: "{}" } : {}) });
    expect((await get("/204")).status).toBe(204);
    const notModified = await get("/304");
    expect([notModified.status, notModified.header("etag"), notModified.header("content-length")]).toEqual([
      304,
      '"x"',
      "55",
    ]);
    const head = await get("/head", "HEAD");
    expect([head.status, head.header("content-length"), head.header("content-type")]).toEqual([200, "1234", "text/x"]);
    const redirect = await get("/redirect", "POST");
    expect([redirect.status, redirect.header("location")]).toEqual([307, "https://elsewhere.invalid/x"]);
    expect((await get("/early")).text).toBe("ok");
    expect((await get("/418")).status).toBe(418);
    expect((await get("/599")).status).toBe(599);
    for (let index = 0; index < 7; index++) expect((await proxy.ended(index)).end.state).toBe("completed");
  });

  test("the upstream's origin and base path cannot be left", async () => {
    const { upstream } = await start();
    const based = startProxy({ baseUrl: `${upstream.url}/base/v1` });
    opened.push(based);
    upstream.on(/./, step.json({}));
    for (const [target, expected] of [
      ["/openai/../x", undefined],
      ["/openai/%2e%2e/x", undefined],
      ["/openai/..%2f..%2fx", "/base/v1/..%2f..%2fx"],
      ["/openai//evil.com/x", "/base/v1//evil.com/x"],
      ["/openai/http://evil.com/x", "/base/v1/http://evil.com/x"],
      ["/openai/@evil.com", "/base/v1/@evil.com"],
      ["/openai/v1/chat", "/base/v1/chat"],
      ["/openai/v1", "/base/v1"],
      ["/openai/v1beta/x", "/base/v1/v1beta/x"],
      ["/openai/a%2Fb%3Fc", "/base/v1/a%2Fb%3Fc"],
    ] as const) {
      const before = upstream.requests.length;
      await rawRequest(based.url, { target });
      if (expected === undefined) expect(upstream.requests.length).toBe(before);
      else expect(upstream.requests.at(-1)?.target).toBe(expected);
    }
  });

  test("Expect: 100-continue is answered and the body follows", async () => {
    const { upstream, proxy } = await start();
    upstream.on(/./, step.json({}));
    const client = await openRaw(proxy.url);
    opened.push(client);
    await client.send(
      "POST /openai/v1/x HTTP/1.1\r\nHost: localhost\r\nExpect: 100-continue\r\nContent-Length: 5\r\n\r\n",
    );
    await client.waitFor("100 Continue");
    await client.send("hello");
    expect((await upstream.nextWhole()).text).toBe("hello");
    await client.waitFor("200 OK");
  });

  test("SSE events pass one by one as they come", async () => {
    const { upstream, proxy } = await start();
    const gate = Promise.withResolvers<void>();
    upstream.on(/./, [
      step.head(200, [
        ["content-type", "text/event-stream"],
        ["transfer-encoding", "chunked"],
      ]),
      step.body("data: 1\n\n"),
      step.wait(gate.promise),
      step.body("data: 2\n\n"),
      step.end(),
    ]);
    const client = await openRaw(proxy.url);
    opened.push(client);
    await client.send(
      client.requestText({ method: "POST", target: "/anthropic/v1/messages", body: '{"stream":true}' }),
    );
    await client.waitFor("data: 1");
    expect(client.text).not.toContain("data: 2");
    gate.resolve();
    const response = await client.response();
    expect([response.text, response.complete]).toEqual(["data: 1\n\ndata: 2\n\n", true]);
    const { end, bodies } = await proxy.ended();
    expect(end.state).toBe("completed");
    expect(bodies.filter((entry) => entry.side === "response").length).toBe(2);
  });

  test("a huge answer to a client that rests comes whole, and only its head is kept", async () => {
    const { upstream, proxy } = await start();
    const size = 300 * 1024 * 1024;
    upstream.on(/./, [
      step.head(200, [
        ["content-type", "application/octet-stream"],
        ["content-length", String(size)],
      ]),
      step.pattern(size),
    ]);
    const socket = connect(proxy.port, "127.0.0.1");
    const hasher = new Bun.CryptoHasher("sha256");
    let received = 0;
    const { promise, resolve } = Promise.withResolvers<void>();
    let head = true;
    const chunks = { pending: Buffer.alloc(0) };
    socket.on("data", (bytes: Buffer) => {
      let data = bytes;
      if (head) {
        chunks.pending = Buffer.concat([chunks.pending, data]);
        const at = chunks.pending.indexOf("\r\n\r\n");
        if (at === -1) return;
        head = false;
        data = chunks.pending.subarray(at + 4);
        chunks.pending = Buffer.alloc(0);
      }
      chunks.pending = Buffer.concat([chunks.pending, data]);
      for (;;) {
        const line = chunks.pending.indexOf("\r\n");
        if (line === -1) break;
        const length = Number.parseInt(chunks.pending.subarray(0, line).toString(), 16);
        if (chunks.pending.length < line + 2 + length + 2) break;
        if (length === 0) {
          resolve();
          break;
        }
        hasher.update(chunks.pending.subarray(line + 2, line + 2 + length));
        received += length;
        chunks.pending = chunks.pending.subarray(line + 2 + length + 2);
      }
      // That memory stays small meanwhile is measured on the real program: test/e2e/streams.test.ts.
      if (received < 20_000_000) {
        socket.pause();
        setTimeout(() => socket.resume(), 2);
      }
    });
    socket.write("GET /openai/v1/files/x/content HTTP/1.1\r\nHost: localhost\r\n\r\n");
    await promise;
    socket.destroy();
    expect(received).toBe(size);
    expect(hasher.digest("hex")).toBe(patternSha256(size));
    const { end } = await proxy.ended();
    expect(end.responseBytes).toBe(size);
    expect(end.responseJournaled).toBeLessThan(20 * 1024 * 1024);
  }, 60_000);
});
