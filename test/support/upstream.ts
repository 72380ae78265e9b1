/** @module A scripted provider on raw TCP: records what it receives and answers by a script, faults included. */

import { once } from "node:events";
import { createServer, type AddressInfo, type Server, type Socket } from "node:net";
import { createServer as createTlsServer } from "node:tls";

import { writeAnswer } from "./answer-writer.ts";
import { concatBytes } from "./bytes.ts";
import { eventually, within } from "./gate.ts";
import { BodyReader, findHead, framingOf, headerValues } from "./http-message.ts";
import { ReceivedRequest } from "./received-request.ts";
import { answer, type Step } from "./step.ts";

/** `"POST /v1/x"` compares method and path without query; a pattern is tried on `METHOD target`. */
export type Matcher = string | RegExp | ((request: ReceivedRequest) => boolean);

export type ScriptContext = {
  readonly request: ReceivedRequest;
  /** How many requests this script answered before, from 0: to fail first and succeed later. */
  readonly count: number;
};

type Steps = Iterable<Step> | AsyncIterable<Step>;
export type Script = readonly Step[] | ((context: ScriptContext) => Steps | Promise<Steps>);

export type UpstreamOptions = {
  readonly tls?: { readonly key: string; readonly cert: string };
  /** What happens to new connections: `hold` accepts and never reads, `reset` and `close` drop them at once. */
  readonly accept?: "serve" | "hold" | "reset" | "close";
  readonly hostname?: string;
};

export type ScriptOptions = {
  /** Start at the request's head, before its body is read; a script then uses `readBody()` where it wants it. */
  readonly at?: "head" | "body";
};

type Route = { readonly matcher: Matcher; readonly script: Script; readonly at: "head" | "body"; count: number };

/** Starts an upstream on a free loopback port. */
export async function createUpstream(options: UpstreamOptions = {}): Promise<Upstream> {
  const upstream = new Upstream(options);
  await upstream.listen();
  return upstream;
}

export class Upstream {
  readonly requests: ReceivedRequest[] = [];
  /** Connections accepted since the start. */
  connections = 0;
  accept: NonNullable<UpstreamOptions["accept"]>;
  readonly #options: UpstreamOptions;
  readonly #server: Server;
  readonly #routes: Route[] = [];
  readonly #sockets = new Set<Socket>();
  #taken = 0;

  constructor(options: UpstreamOptions) {
    this.#options = options;
    this.accept = options.accept ?? "serve";
    const onSocket = (socket: Socket) => this.#onSocket(socket);
    this.#server =
      options.tls === undefined
        ? createServer({ allowHalfOpen: true }, onSocket)
        : createTlsServer({ ...options.tls, allowHalfOpen: true }, onSocket);
  }

  async listen(): Promise<void> {
    this.#server.listen(0, this.#options.hostname ?? "127.0.0.1");
    await once(this.#server, "listening");
  }

  get port(): number {
    // `address()` is text only for unix sockets.
    return (this.#server.address() as AddressInfo).port;
  }

  /** Without a trailing slash. */
  get url(): string {
    return `${this.#options.tls === undefined ? "http" : "https"}://${this.#options.hostname ?? "127.0.0.1"}:${this.port}`;
  }

  get openConnections(): number {
    return this.#sockets.size;
  }

  /** Answers matching requests by a script; of several that match, the one added last. */
  on(matcher: Matcher, script: Script, options: ScriptOptions = {}): this {
    this.#routes.unshift({ matcher, script, at: options.at ?? "body", count: 0 });
    return this;
  }

  /** The next request no earlier call gave out, as soon as its head is here. */
  async next(timeoutMs = 10_000): Promise<ReceivedRequest> {
    const index = this.#taken++;
    return eventually(() => this.requests[index], `request ${index + 1} at the upstream`, timeoutMs);
  }

  /** As `next`, once the body is complete as well. */
  async nextWhole(timeoutMs = 10_000): Promise<ReceivedRequest> {
    const request = await this.next(timeoutMs);
    await within(request.bodyDone, "the request's body at the upstream", timeoutMs);
    return request;
  }

  /** Drops every connection and stops listening. */
  async close(): Promise<void> {
    for (const socket of this.#sockets) socket.destroy();
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#server.close(() => resolve());
    await promise;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  #onSocket(socket: Socket): void {
    const serial = ++this.connections;
    this.#sockets.add(socket);
    socket.on("close", () => this.#sockets.delete(socket));
    // Faults are the point of this server: what ends a connection is recorded on its request.
    socket.on("error", () => undefined);
    socket.setNoDelay(true);
    if (this.accept === "hold") socket.pause();
    else if (this.accept === "reset") socket.resetAndDestroy();
    else if (this.accept === "close") socket.end();
    else serveConnection(socket, serial, (request) => this.#take(request));
  }

  #take(request: ReceivedRequest): Answering {
    this.requests.push(request);
    const route = this.#routes.find(({ matcher }) => isMatch(matcher, request));
    if (route === undefined) {
      return {
        at: "body",
        steps: () => answer({ status: 501, body: `no script for ${request.method} ${request.target}` }),
      };
    }
    const count = route.count++;
    const { script } = route;
    return { at: route.at, steps: () => (typeof script === "function" ? script({ request, count }) : script) };
  }
}

function isMatch(matcher: Matcher, request: ReceivedRequest): boolean {
  if (typeof matcher === "function") return matcher(request);
  if (matcher instanceof RegExp) return matcher.test(`${request.method} ${request.target}`);
  return matcher === `${request.method} ${request.target.split("?")[0]}`;
}

type Answering = { readonly at: "head" | "body"; readonly steps: () => Steps | Promise<Steps> };

/** Reads the requests of one connection, one after the other, and has each answered before the next. */
function serveConnection(socket: Socket, serial: number, take: (request: ReceivedRequest) => Answering): void {
  let pending: Uint8Array = new Uint8Array();
  let request: ReceivedRequest | undefined;
  let bodyReader: BodyReader | undefined;
  let ended = false;

  const respond = async (current: ReceivedRequest, answering: Answering) => {
    if (answering.at === "body") await Promise.race([current.bodyDone, current.disconnected]);
    const result = await writeAnswer(socket, current, await answering.steps());
    current.finish();
    request = undefined;
    if (ended && !socket.destroyed) socket.end();
    else if (result === "kept") read(new Uint8Array());
  };

  const read = (bytes: Uint8Array) => {
    if (bodyReader !== undefined && !bodyReader.complete) pending = bodyReader.feed(bytes).slice();
    else pending = pending.length === 0 ? bytes.slice() : concatBytes([pending, bytes]);
    if (request !== undefined) {
      if (bodyReader?.complete === true && !request.isBodyComplete) request.endBody(bodyReader.trailers);
      return;
    }
    const found = findHead(pending);
    if (found === undefined) return;
    const current = new ReceivedRequest(found.startLine, found.headers, serial);
    bodyReader = new BodyReader(framingOf(found.headers, "none"), (piece) => current.takeBody(piece));
    request = current;
    const rest = pending.subarray(found.headBytes);
    pending = new Uint8Array();
    const answering = take(current);
    const expects = headerValues(found.headers, "expect").some((value) => value.toLowerCase() === "100-continue");
    if (expects && answering.at === "body") socket.write("HTTP/1.1 100 Continue\r\n\r\n");
    respond(current, answering).catch((cause: unknown) => {
      // A broken script must not look like a slow upstream.
      console.error("upstream script failed:", cause);
      socket.destroy();
    });
    if (bodyReader.complete) {
      pending = rest.slice();
      current.endBody([]);
    } else read(rest);
  };

  socket.on("data", (bytes: Buffer) => read(bytes));
  const onGone = () => {
    ended = true;
    request?.disconnect();
  };
  socket.on("end", () => {
    onGone();
    if (request === undefined) socket.end();
  });
  socket.on("close", onGone);
}
