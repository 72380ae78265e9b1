/** @module The smallest correct relay on Bun: what any proxy on this runtime costs at least, and the measure for ours. */

const [base = ""] = Bun.argv.slice(2);
const HOP_BY_HOP = ["connection", "host", "keep-alive", "te", "trailer", "transfer-encoding", "upgrade"];

const server = Bun.serve({
  port: 0,
  hostname: "127.0.0.1",
  idleTimeout: 0,
  async fetch(request) {
    const { pathname, search } = new URL(request.url);
    // An own controller: handing on `request.signal` itself costs more, and none would leave upstream streams open.
    const aborter = new AbortController();
    request.signal.addEventListener("abort", () => aborter.abort());
    const headers = new Headers(request.headers);
    for (const name of HOP_BY_HOP) headers.delete(name);
    const answer = await fetch(`${base}${pathname}${search}`, {
      method: request.method,
      headers,
      ...(request.body === null ? {} : { body: await request.bytes() }),
      redirect: "manual",
      decompress: false,
      signal: aborter.signal,
    });
    const answerHeaders = new Headers(answer.headers);
    for (const name of HOP_BY_HOP) answerHeaders.delete(name);
    return new Response(answer.body, { status: answer.status, headers: answerHeaders });
  },
});
console.log(`listening ${server.port}`);
