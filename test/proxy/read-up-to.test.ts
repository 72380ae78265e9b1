import { expect, test } from "bun:test";

import { readUpTo } from "../../src/proxy/read-up-to.ts";

/** Endless, in pieces of four bytes. */
function createEndless() {
  const seen = { pulled: 0, cancelled: false };
  const body = new ReadableStream<Uint8Array>({
    pull(controller) {
      seen.pulled += 1;
      controller.enqueue(new TextEncoder().encode("four"));
    },
    cancel() {
      seen.cancelled = true;
    },
  });
  return { seen, body };
}

test("a body up to the bound is read whole, one of many pieces in their order", async () => {
  expect(await readUpTo(null, 0)).toEqual(new Uint8Array(0));
  const text = new TextDecoder();
  expect(text.decode(await readUpTo(new Response("exactly").body, 7))).toBe("exactly");
  const pieces = new ReadableStream<Uint8Array>({
    start(controller) {
      for (const piece of ["a", "", "bc"]) controller.enqueue(new TextEncoder().encode(piece));
      controller.close();
    },
  });
  expect(text.decode(await readUpTo(pieces, 10))).toBe("abc");
});

test("what goes on beyond the bound is left unread and cancelled", async () => {
  const { seen, body } = createEndless();
  expect(await readUpTo(body, 10)).toBeUndefined();
  expect(seen.cancelled).toBe(true);
  expect(seen.pulled).toBeLessThan(6);
});

test("a body that breaks rejects", async () => {
  const broken = new ReadableStream<Uint8Array>({ pull: (controller) => controller.error(new Error("cut")) });
  expect(await readUpTo(broken, 10).catch((failure: Error) => failure.message)).toBe("cut");
});
