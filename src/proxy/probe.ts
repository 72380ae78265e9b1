/** @module Opens one connection to an origin and closes it again, to tell a slow answer from an unreachable host. */

import type { OutgoingNetwork } from "./options.ts";
import { findOutgoingProxy } from "./network.ts";

/** Resolves when TCP (and TLS for https) stands; rejects when it fails. Through an outgoing proxy, the proxy is probed. */
export async function probeOrigin(origin: string, network: OutgoingNetwork): Promise<void> {
  const target = new URL(findOutgoingProxy(origin, network) ?? origin);
  const secure = target.protocol === "https:";
  const port = target.port === "" ? (secure ? 443 : 80) : Number(target.port);
  await new Promise<void>((resolve, reject) => {
    const done = (socket: { end(): unknown }): void => {
      resolve();
      socket.end();
    };
    Bun.connect({
      hostname: target.hostname.replace(/^\[|\]$/g, ""),
      port,
      // Only whether it stands is asked here; the certificate is judged by the real request.
      ...(secure ? { tls: { rejectUnauthorized: false } } : {}),
      socket: {
        open(socket) {
          if (!secure) done(socket);
        },
        handshake(socket) {
          done(socket);
        },
        data() {},
        error(_socket, error) {
          reject(error);
        },
        close() {
          reject(new Error("closed"));
        },
        connectError(_socket, error) {
          reject(error);
        },
      },
    }).catch(reject);
  });
}
