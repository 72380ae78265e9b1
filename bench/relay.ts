/**
 * @module The smallest correct relay on Bun: what any proxy on this runtime costs at least, and the measure for ours.
 * With `--reads` it looks at the answers it passes, as whoever records them must, and does nothing with what it sees.
 */

const [base = "", mode] = Bun.argv.slice(2);
const HOP_BY_HOP = ["connection", "host", "keep-alive", "te", "trailer", "transfer-encoding", "upgrade"];
/** Declared answers up to this go on in one piece: in a stream they would lose their length. */
const WHOLE_BYTES = 1024 * 1024;

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
    const body = mode === "--reads" ? await readBody(answer) : answer.body;
    return new Response(body, { status: answer.status, headers: answerHeaders });
  },
});
console.log(`listening ${server.port}`);

/** The same bytes, each piece of which has been in our hands. */
async function readBody({ body, headers }: Response): Promise<BodyInit | null> {
  if (body === null) return null;
  const reader = body.getReader();
  const length = Number(headers.get("content-length") ?? Number.POSITIVE_INFINITY);
  if (length <= WHOLE_BYTES) {
    const pieces: Uint8Array<ArrayBuffer>[] = [];
    for (let result = await reader.read(); !result.done; result = await reader.read()) pieces.push(result.value);
    return new Blob(pieces);
  }
  return new ReadableStream<Uint8Array>(
    {
      pull: (controller) =>
        reader.read().then(({ done, value }) => {
          if (done) controller.close();
          else controller.enqueue(value);
        }),
    },
    { highWaterMark: 0 },
  );
}
