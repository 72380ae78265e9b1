/** @module Addresses on the loopback that nobody answers: one where connecting hangs, one where it is refused. */

import { dlopen, FFIType, ptr } from "bun:ffi";
import { once } from "node:events";
import { connect, createServer, type AddressInfo } from "node:net";

export type Blackhole = AsyncDisposable & { readonly port: number; readonly url: string };

const AF_INET = 2;
const SOCK_STREAM = 1;
/** sockaddr_in: family, port (network order), address, padding. */
const ADDRESS_BYTES = 16;

/**
 * A port whose listen queue is full and never emptied, so that the kernel drops further SYNs and `connect` hangs.
 * Linux only: made with libc calls because a runtime's own server always accepts.
 */
export async function blackhole(): Promise<Blackhole> {
  const { symbols: libc } = dlopen("libc.so.6", {
    socket: { args: [FFIType.i32, FFIType.i32, FFIType.i32], returns: FFIType.i32 },
    bind: { args: [FFIType.i32, FFIType.ptr, FFIType.u32], returns: FFIType.i32 },
    listen: { args: [FFIType.i32, FFIType.i32], returns: FFIType.i32 },
    getsockname: { args: [FFIType.i32, FFIType.ptr, FFIType.ptr], returns: FFIType.i32 },
    close: { args: [FFIType.i32], returns: FFIType.i32 },
  });
  const fd = libc.socket(AF_INET, SOCK_STREAM, 0);
  const address = new Uint8Array(ADDRESS_BYTES);
  new DataView(address.buffer).setUint16(0, AF_INET, true);
  address.set([127, 0, 0, 1], 4);
  const length = new Uint32Array([ADDRESS_BYTES]);
  if (libc.bind(fd, ptr(address), ADDRESS_BYTES) !== 0 || libc.listen(fd, 0) !== 0) {
    throw new Error("could not listen for the black hole");
  }
  libc.getsockname(fd, ptr(address), ptr(length));
  const port = new DataView(address.buffer).getUint16(2, false);
  const filler = connect(port, "127.0.0.1");
  filler.on("error", () => undefined);
  await once(filler, "connect");
  return {
    port,
    url: `http://127.0.0.1:${port}`,
    [Symbol.asyncDispose]: async () => {
      filler.destroy();
      libc.close(fd);
    },
  };
}

/** A port where connecting is refused at once: it was free a moment ago. */
export async function refusedPort(): Promise<number> {
  const server = createServer();
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  // `address()` is text only for unix sockets.
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, "close");
  return port;
}
