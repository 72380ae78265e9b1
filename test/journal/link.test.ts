/** @module Bodies over a real unix socket: order, bounds, restarts of the receiver. */

import { afterEach, describe, expect, test } from "bun:test";
import { existsSync, lstatSync, writeFileSync } from "node:fs";
import { connect } from "node:net";
import { join } from "node:path";
import type { BodyEntry } from "../../src/journal/entry.ts";
import {
  createLinkReceiver,
  createLinkSender,
  type LinkReceiver,
  type LinkReceiverOptions,
  type LinkSender,
  type LinkSenderOptions,
} from "../../src/journal/link.ts";
import {
  bodyOf,
  idOf,
  joinBodies,
  patternOf,
  removeTempDirectories,
  tempDirectory,
  waitUntil,
} from "../support/journal.ts";

removeTempDirectories();

const open: { close(): void }[] = [];
afterEach(() => {
  for (const end of open.splice(0)) end.close();
});

function openSender(options: LinkSenderOptions): LinkSender {
  const sender = createLinkSender(options);
  open.push(sender);
  return sender;
}

function openReceiver(options: LinkReceiverOptions): LinkReceiver {
  const receiver = createLinkReceiver(options);
  open.push(receiver);
  return receiver;
}

function toBytes(received: readonly BodyEntry[], number: number): Uint8Array {
  return joinBodies(
    received.map((value) => ({ type: "body", seq: 0, value })),
    idOf(number),
    "response",
  );
}

describe("link", () => {
  test("bodies arrive in order and byte for byte, small and huge", async () => {
    const path = join(tempDirectory(), "link.sock");
    const received: BodyEntry[] = [];
    const receiver = openReceiver({ path, onBody: (entry) => received.push(entry) });
    const sender = openSender({ path });
    const huge = patternOf(5_000_003, 3);
    expect(sender.send(bodyOf(idOf(1), patternOf(11), { side: "response", atMs: 1.5, offset: 0 }))).toBe(true);
    expect(sender.send(bodyOf(idOf(2), huge))).toBe(true);
    for (let piece = 0; piece < 500; piece++) {
      sender.send(bodyOf(idOf(3), huge.subarray(piece * 1000, piece * 1000 + 1000), { offset: piece * 1000 }));
    }
    await waitUntil(() => receiver.stats().receivedBytes === 11 + huge.byteLength + 500_000);
    expect(received[0]).toEqual({ id: idOf(1), side: "response", atMs: 1.5, offset: 0, bytes: patternOf(11) });
    expect(Buffer.compare(toBytes(received, 2), huge)).toBe(0);
    expect(Buffer.compare(toBytes(received, 3), huge.subarray(0, 500_000))).toBe(0);
    const offsets = received.filter(({ id }) => id === idOf(3)).map(({ offset }) => offset);
    expect(offsets).toEqual(offsets.toSorted((a, b) => a - b));
    expect(sender.stats()).toMatchObject({ isConnected: true, droppedEntries: 0, bufferedBytes: 0 });
    expect(receiver.stats()).toMatchObject({ connections: 1, corruptStreams: 0, receivedEntries: received.length });
  });

  test("while the receiver is away entries wait up to the bound, and drops are counted", async () => {
    const path = join(tempDirectory(), "link.sock");
    const sender = openSender({ path, maxBufferedBytes: 10_000 });
    const results = Array.from({ length: 20 }, (_, index) => sender.send(bodyOf(idOf(index), patternOf(1000, index))));
    const kept = results.filter(Boolean).length;
    expect(kept).toBe(9);
    expect(sender.stats()).toMatchObject({
      isConnected: false,
      droppedEntries: 20 - kept,
      droppedBytes: (20 - kept) * 1000,
      acceptedEntries: kept,
    });
    expect(sender.stats().bufferedBytes).toBeLessThanOrEqual(10_000);
    const received: BodyEntry[] = [];
    openReceiver({ path, onBody: (entry) => received.push(entry) });
    await waitUntil(() => received.length === kept);
    expect(received.map(({ id }) => id)).toEqual(Array.from({ length: kept }, (_, index) => idOf(index)));
    expect(sender.send(bodyOf(idOf(50), patternOf(10)))).toBe(true);
    await waitUntil(() => received.length === kept + 1);
    expect(sender.stats().bufferedBytes).toBe(0);
  });

  test("after the receiver was restarted the stream goes on at a whole entry", async () => {
    const path = join(tempDirectory(), "link.sock");
    const first = openReceiver({ path, onBody: () => {} });
    const sender = openSender({ path });
    sender.send(bodyOf(idOf(1), patternOf(100)));
    await waitUntil(() => first.stats().receivedEntries === 1);
    first.close();
    await waitUntil(() => !sender.stats().isConnected);
    for (let number = 2; number < 30; number++) sender.send(bodyOf(idOf(number), patternOf(50_000, number)));
    const received: BodyEntry[] = [];
    const second = openReceiver({ path, onBody: (entry) => received.push(entry) });
    await waitUntil(() => second.stats().receivedBytes === 28 * 50_000);
    for (let number = 2; number < 30; number++) {
      expect(Buffer.compare(toBytes(received, number), patternOf(50_000, number))).toBe(0);
    }
    expect(second.stats().corruptStreams).toBe(0);
    expect(sender.stats()).toMatchObject({ connects: 2, droppedEntries: 0 });
  });

  test("a receiver that stops reading holds the sender to its bound, and half an entry is sent again whole", async () => {
    const path = join(tempDirectory(), "link.sock");
    // A listener that never reads: the kernel's buffer fills and the sender is left in the middle of a frame.
    const deaf = Bun.listen({
      unix: path,
      socket: {
        open: (socket) => {
          socket.pause();
        },
        data: () => {},
      },
    });
    const sender = openSender({ path, maxBufferedBytes: 3_000_000 });
    await waitUntil(() => sender.stats().isConnected);
    let accepted = 0;
    for (let number = 1; number <= 100; number++) {
      if (sender.send(bodyOf(idOf(number), patternOf(60_001, number)))) accepted = number;
      sender.flush();
    }
    expect(sender.stats().droppedEntries).toBeGreaterThan(10);
    expect(sender.stats().bufferedBytes).toBeGreaterThan(1_000_000);
    deaf.stop(true);
    const received: BodyEntry[] = [];
    const receiver = openReceiver({ path, onBody: (entry) => received.push(entry) });
    await waitUntil(() => sender.stats().bufferedBytes === 0 && received.some(({ id }) => id === idOf(accepted)));
    expect(receiver.stats().corruptStreams).toBe(0);
    expect(received.length).toBeGreaterThan(15);
    for (const { id, bytes } of received) {
      expect(Buffer.compare(bytes, patternOf(60_001, Number.parseInt(id.slice(-8), 16)))).toBe(0);
    }
  });

  test("the socket file belongs to the owner, replaces a stale one and goes away", () => {
    const path = join(tempDirectory(), "link.sock");
    const stale = Bun.listen({ unix: path, socket: { data: () => {} } });
    const receiver = openReceiver({ path, onBody: () => {} });
    expect(lstatSync(path).mode & 0o777).toBe(0o600);
    expect(lstatSync(path).isSocket()).toBe(true);
    receiver.close();
    stale.stop(true);
    expect(existsSync(path)).toBe(false);
  });

  test("a file that is no socket is left alone", () => {
    const path = join(tempDirectory(), "link.sock");
    writeFileSync(path, "mine");
    expect(() => createLinkReceiver({ path, onBody: () => {} })).toThrow("is no socket");
    expect(existsSync(path)).toBe(true);
  });

  test("bytes that are no frames end their connection and nothing else", async () => {
    const path = join(tempDirectory(), "link.sock");
    const received: BodyEntry[] = [];
    const receiver = openReceiver({ path, onBody: (entry) => received.push(entry) });
    const stranger = connect(path);
    stranger.on("error", () => {});
    stranger.write("GET / HTTP/1.1\r\n\r\n");
    await waitUntil(() => receiver.stats().corruptStreams === 1);
    openSender({ path }).send(bodyOf(idOf(1), patternOf(10)));
    await waitUntil(() => received.length === 1);
    stranger.destroy();
  });

  test("an exception of the observer is counted and the stream goes on", async () => {
    const path = join(tempDirectory(), "link.sock");
    const receiver = openReceiver({
      path,
      onBody: ({ id }) => {
        if (id === idOf(1)) throw new Error("no");
      },
    });
    const sender = openSender({ path });
    sender.send(bodyOf(idOf(1), patternOf(10)));
    sender.send(bodyOf(idOf(2), patternOf(10)));
    await waitUntil(() => receiver.stats().receivedEntries === 2);
    expect(receiver.stats().failedEntries).toBe(1);
  });

  test("after close nothing is accepted, and what was accepted is delivered", async () => {
    const path = join(tempDirectory(), "link.sock");
    const receiver = openReceiver({ path, onBody: () => {} });
    const sender = openSender({ path });
    await waitUntil(() => sender.stats().isConnected);
    sender.send(bodyOf(idOf(1), patternOf(10)));
    sender.close();
    expect(sender.send(bodyOf(idOf(2), patternOf(10)))).toBe(false);
    await waitUntil(() => receiver.stats().receivedEntries === 1);
  });
});
