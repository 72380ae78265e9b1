/** @module The upstream of all benches, a process of its own: answers what the header `x-bench` asks for. */

import { parseAnswerOrder, toAnswerBody, toEventText } from "./answer.ts";

const bodies = new Map<number, Uint8Array<ArrayBuffer>>();

function findBody(bytes: number): Uint8Array<ArrayBuffer> {
  const known = bodies.get(bytes);
  if (known !== undefined) return known;
  const made = toAnswerBody(bytes);
  bodies.set(bytes, made);
  return made;
}

const server = Bun.serve({
  port: 0,
  hostname: "127.0.0.1",
  idleTimeout: 0,
  maxRequestBodySize: 64 * 1024 * 1024,
  async fetch(request) {
    const order = parseAnswerOrder(request.headers.get("x-bench") ?? "");
    await request.bytes();
    if (order.type === "body") {
      return new Response(findBody(order.bytes), { headers: { "content-type": "application/json" } });
    }
    const encoder = new TextEncoder();
    let sent = 0;
    const stream = new ReadableStream<Uint8Array>({
      async pull(controller) {
        if (sent > 0) await Bun.sleep(order.paceMs);
        controller.enqueue(encoder.encode(toEventText(sent, order.events)));
        sent += 1;
        if (sent === order.events) controller.close();
      },
    });
    return new Response(stream, { headers: { "content-type": "text/event-stream" } });
  },
});
console.log(`listening ${server.port}`);
