/** @module Bodies that must not touch the disk: over a unix socket from the proxy to the recorder, in memory only. */

import { lstatSync, unlinkSync } from "node:fs";
import type { Socket, UnixSocketListener } from "bun";
import type { BodyEntry } from "./entry.ts";
import { FrameBuffer } from "./frame-buffer.ts";
import {
  BODY_FRAME_OVERHEAD_BYTES,
  createFrameMemory,
  decodeEntry,
  findWholeFramesEnd,
  MAX_FRAME_BYTES,
  toFrameMemory,
} from "./frame.ts";

export type LinkSenderOptions = {
  readonly path: string;
  /** Bound of what waits while the recorder is away or slow. */
  readonly maxBufferedBytes?: number;
  /** Longest time an entry waits for others to share a write call with. */
  readonly flushMs?: number;
};

export type LinkSenderStats = {
  readonly isConnected: boolean;
  readonly connects: number;
  readonly bufferedBytes: number;
  /** Entries accepted; one that is large counts once for each piece. */
  readonly acceptedEntries: number;
  readonly droppedEntries: number;
  readonly droppedBytes: number;
};

/** The proxy's end. What the kernel had taken when the recorder died is lost uncounted: the recorder sees the gap. */
export interface LinkSender {
  /** Never waits; false when the entry was dropped because the buffer is full. */
  send(entry: BodyEntry): boolean;
  /** Hands what is buffered to the socket now. Call before the exchange's end is journaled. */
  flush(): void;
  stats(): LinkSenderStats;
  close(): void;
}

export type LinkReceiverOptions = { readonly path: string; readonly onBody: (entry: BodyEntry) => void };

export type LinkReceiverStats = {
  readonly connections: number;
  readonly receivedEntries: number;
  readonly receivedBytes: number;
  /** Connections ended because of bytes that are no frames. */
  readonly corruptStreams: number;
  /** Entries whose `onBody` threw. */
  readonly failedEntries: number;
};

/** The recorder's end. */
export interface LinkReceiver {
  stats(): LinkReceiverStats;
  close(): void;
}

const DEFAULT_MAX_BUFFERED_BYTES = 64 * 1024 * 1024;
const DEFAULT_FLUSH_MS = 2;
const BURST_BYTES = 256 * 1024;
const FIRST_RETRY_MS = 20;
const LAST_RETRY_MS = 1000;

/** Connects, and connects again, to the receiver at `path`; entries wait in memory meanwhile. */
export function createLinkSender(options: LinkSenderOptions): LinkSender {
  return new UnixLinkSender(options);
}

/** Whole frames that wait; the first `sentBytes` were taken by the socket. */
type Chunk = { readonly bytes: Uint8Array; sentBytes: number };

class UnixLinkSender implements LinkSender {
  readonly #path: string;
  readonly #maxBufferedBytes: number;
  readonly #flushMs: number;
  readonly #burst = new FrameBuffer(BURST_BYTES, BURST_BYTES);
  #chunks: Chunk[] = [];
  #chunkBytes = 0;
  #socket: Socket | undefined;
  #retryMs = FIRST_RETRY_MS;
  #seq = 0;
  #connects = 0;
  #droppedEntries = 0;
  #droppedBytes = 0;
  #flushIsDue = false;
  #isClosed = false;
  readonly #takeSeq = (): number => this.#seq++;
  readonly #emptyBurst = (): void => this.flush();

  constructor({ path, maxBufferedBytes, flushMs }: LinkSenderOptions) {
    this.#path = path;
    this.#maxBufferedBytes = maxBufferedBytes ?? DEFAULT_MAX_BUFFERED_BYTES;
    this.#flushMs = flushMs ?? DEFAULT_FLUSH_MS;
    this.#connect();
  }

  send(entry: BodyEntry): boolean {
    const frameBytes = entry.bytes.byteLength + BODY_FRAME_OVERHEAD_BYTES;
    if (this.#isClosed || this.#bufferedBytes() + frameBytes > this.#maxBufferedBytes) {
      this.#droppedEntries += 1;
      this.#droppedBytes += entry.bytes.byteLength;
      return false;
    }
    this.#burst.addBody(entry, this.#takeSeq, this.#emptyBurst);
    this.#flushLater();
    return true;
  }

  flush(): void {
    if (this.#burst.usedBytes === 0) return;
    const bytes = new Uint8Array(this.#burst.memory.bytes.subarray(0, this.#burst.usedBytes));
    this.#burst.clear();
    this.#chunks.push({ bytes, sentBytes: 0 });
    this.#chunkBytes += bytes.byteLength;
    this.#pump();
  }

  stats(): LinkSenderStats {
    return {
      isConnected: this.#socket !== undefined,
      connects: this.#connects,
      bufferedBytes: this.#bufferedBytes(),
      acceptedEntries: this.#seq,
      droppedEntries: this.#droppedEntries,
      droppedBytes: this.#droppedBytes,
    };
  }

  close(): void {
    this.flush();
    this.#isClosed = true;
    this.#socket?.end();
    this.#socket = undefined;
  }

  #bufferedBytes(): number {
    return this.#chunkBytes + this.#burst.usedBytes;
  }

  #flushLater(): void {
    if (this.#flushIsDue) return;
    this.#flushIsDue = true;
    setTimeout(() => {
      this.#flushIsDue = false;
      if (!this.#isClosed) this.flush();
    }, this.#flushMs).unref();
  }

  /** Writes until the socket takes no more; its drain event goes on. */
  #pump(): void {
    let done = 0;
    for (const chunk of this.#chunks) {
      if (this.#socket === undefined) break;
      const count = Math.max(0, this.#socket.write(chunk.bytes.subarray(chunk.sentBytes)));
      chunk.sentBytes += count;
      if (chunk.sentBytes < chunk.bytes.byteLength) break;
      this.#chunkBytes -= chunk.bytes.byteLength;
      done += 1;
    }
    if (done > 0) this.#chunks = this.#chunks.slice(done);
  }

  #connect(): void {
    Bun.connect({
      unix: this.#path,
      socket: {
        open: (socket) => this.#opened(socket),
        data: () => {},
        drain: () => this.#pump(),
        close: () => this.#disconnected(),
        error: () => {},
      },
    }).catch(() => this.#disconnected());
  }

  #opened(socket: Socket): void {
    if (this.#isClosed) {
      socket.end();
      return;
    }
    socket.unref();
    this.#socket = socket;
    this.#connects += 1;
    this.#retryMs = FIRST_RETRY_MS;
    this.#pump();
  }

  #disconnected(): void {
    this.#socket = undefined;
    if (this.#isClosed) return;
    this.#rewind();
    setTimeout(() => {
      if (!this.#isClosed) this.#connect();
    }, this.#retryMs).unref();
    this.#retryMs = Math.min(this.#retryMs * 2, LAST_RETRY_MS);
  }

  /** The receiver forgot the frame it had half of: the next connection begins with that frame. */
  #rewind(): void {
    const [first, ...rest] = this.#chunks;
    if (first === undefined || first.sentBytes === 0) return;
    const bytes = first.bytes.subarray(findWholeFramesEnd(toFrameMemory(first.bytes), first.sentBytes));
    this.#chunkBytes -= first.bytes.byteLength - bytes.byteLength;
    this.#chunks = [{ bytes, sentBytes: 0 }, ...rest];
  }
}

/** Listens at `path` with a socket file of mode 0600; throws when something that is no socket stands there. */
export function createLinkReceiver(options: LinkReceiverOptions): LinkReceiver {
  return new UnixLinkReceiver(options);
}

/** One connection: bytes of a frame that is not whole yet. */
type Inbox = { readonly memory: ReturnType<typeof createFrameMemory>; filledBytes: number };

class UnixLinkReceiver implements LinkReceiver {
  readonly #path: string;
  readonly #onBody: (entry: BodyEntry) => void;
  readonly #listener: UnixSocketListener<Inbox>;
  readonly #counts = { connections: 0, receivedEntries: 0, receivedBytes: 0, corruptStreams: 0, failedEntries: 0 };

  constructor({ path, onBody }: LinkReceiverOptions) {
    this.#path = path;
    this.#onBody = onBody;
    removeStaleSocket(path);
    // The mask gives the file its mode from its first moment on; nothing else runs between these lines.
    const mask = process.umask(0o177);
    try {
      this.#listener = Bun.listen<Inbox>({
        unix: path,
        socket: {
          open: (socket) => {
            this.#counts.connections += 1;
            socket.data = { memory: createFrameMemory(MAX_FRAME_BYTES), filledBytes: 0 };
          },
          data: (socket, bytes) => {
            if (!this.#receive(socket.data, bytes)) socket.terminate();
          },
          error: () => {},
        },
      });
    } finally {
      process.umask(mask);
    }
  }

  stats(): LinkReceiverStats {
    return { ...this.#counts };
  }

  close(): void {
    this.#listener.stop(true);
    removeStaleSocket(this.#path);
  }

  /** False when the stream is damaged and must end. */
  #receive(inbox: Inbox, bytes: Uint8Array): boolean {
    for (let at = 0; at < bytes.byteLength;) {
      const count = Math.min(bytes.byteLength - at, MAX_FRAME_BYTES - inbox.filledBytes);
      inbox.memory.bytes.set(bytes.subarray(at, at + count), inbox.filledBytes);
      inbox.filledBytes += count;
      at += count;
      if (!this.#handOut(inbox)) return false;
    }
    return true;
  }

  #handOut(inbox: Inbox): boolean {
    let at = 0;
    for (;;) {
      const found = decodeEntry(inbox.memory, at, inbox.filledBytes);
      if (found.kind === "incomplete") break;
      if (found.kind === "corrupt" || found.entry.type !== "body") {
        this.#counts.corruptStreams += 1;
        return false;
      }
      at += found.frameBytes;
      this.#deliver(found.entry.value);
    }
    inbox.memory.bytes.copyWithin(0, at, inbox.filledBytes);
    inbox.filledBytes -= at;
    return true;
  }

  #deliver(entry: BodyEntry): void {
    this.#counts.receivedEntries += 1;
    this.#counts.receivedBytes += entry.bytes.byteLength;
    try {
      this.#onBody({ ...entry, bytes: new Uint8Array(entry.bytes) });
    } catch {
      this.#counts.failedEntries += 1;
    }
  }
}

function removeStaleSocket(path: string): void {
  const stat = lstatSync(path, { throwIfNoEntry: false });
  if (stat === undefined) return;
  if (!stat.isSocket()) throw new Error(`${path} exists and is no socket`);
  unlinkSync(path);
}
