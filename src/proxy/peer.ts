/** @module Who is at the other end of a connection: by its socket alone, never by what fields say. */

export type Peer = {
  /** As the socket has it, an IPv4 address inside IPv6 as plain IPv4; empty when the connection is gone already. */
  readonly address: string;
  readonly isLoopback: boolean;
};

/** The peer of every connection to a loopback address: nobody else can reach it. */
export const LOOPBACK_PEER: Peer = { address: "127.0.0.1", isLoopback: true };

/** @param address of the socket; undefined when the connection is gone already */
export function toPeer(address: string | undefined): Peer {
  const plain = toPlainAddress(address ?? "");
  return { address: plain, isLoopback: plain === "::1" || /^127\.\d{1,3}\.\d{1,3}\.\d{1,3}$/.test(plain) };
}

/** Lower-case, without brackets, zone, and the prefix of an IPv4 address inside IPv6. */
function toPlainAddress(address: string): string {
  const lower = address.toLowerCase();
  const bare = lower.startsWith("[") ? lower.slice(1).split("]", 1)[0] : lower;
  return (bare ?? "").replace(/%.*$/, "").replace(/^::ffff:(?=\d+\.)/, "");
}
