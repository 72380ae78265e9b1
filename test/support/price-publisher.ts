/** @module A publisher of prices on this machine, in place of models.dev: scripted answers, and what was asked. */

export type PricePublisher = {
  readonly url: string;
  readonly requests: Request[];
  /** What the next requests get: a document, or a whole answer. */
  answer: string | ((request: Request) => Response | Promise<Response>);
  close(): Promise<void>;
};

/** Documents come with an ETag of their content, and 304 for who has it. */
export function startPricePublisher(document: string): PricePublisher {
  const requests: Request[] = [];
  const server = Bun.serve({
    hostname: "127.0.0.1",
    port: 0,
    fetch(request) {
      requests.push(request);
      if (typeof publisher.answer === "function") return publisher.answer(request);
      const etag = `"${Bun.hash(publisher.answer).toString(16)}"`;
      if (request.headers.get("if-none-match") === etag) return new Response(null, { status: 304 });
      return new Response(publisher.answer, { headers: { "content-type": "application/json", etag } });
    },
  });
  const publisher: PricePublisher = {
    url: `http://127.0.0.1:${server.port}/api.json`,
    requests,
    answer: document,
    close: () => server.stop(true),
  };
  return publisher;
}
