/** @module Whether an upstream's address is modeltap's own: forwarding there would never end. */

import { isIP } from "node:net";

import { isLoopbackName } from "./door.ts";
import { toPeer } from "./peer.ts";

export type SelfOptions = {
  /** Addresses that are listened on. */
  readonly hosts: readonly string[];
  /** Known once they are. */
  readonly port: () => number;
  /** Further names under which others call us. */
  readonly names: readonly string[];
  /** Addresses of this machine, which are ours when we listen on all of them. */
  readonly addresses: () => readonly string[];
};

/** By origin, such as `http://localhost:8080`. Cost: one map look-up for an origin seen before; they come from the configuration. */
export function createSelf({ hosts, port, names, addresses }: SelfOptions): (origin: string) => boolean {
  const verdicts = new Map<string, boolean>();
  const listened = new Set(hosts.map(toName));
  const known = new Set(names.map((name) => name.toLowerCase()));
  const takesAll = listened.has("0.0.0.0") || listened.has("::");

  function isOwn(origin: string): boolean {
    const url = new URL(origin);
    if (Number(url.port || (url.protocol === "https:" ? 443 : 80)) !== port()) return false;
    const name = toName(url.hostname);
    if (listened.has(name) || known.has(name) || known.has(url.host)) return true;
    if (isIP(name) === 0) return isLoopbackName(name);
    return takesAll && (toPeer(name).isLoopback || name === "0.0.0.0" || name === "::" || addresses().includes(name));
  }

  return (origin) => {
    let verdict = verdicts.get(origin);
    if (verdict === undefined) {
      if (verdicts.size >= MAX_KNOWN) verdicts.clear();
      verdicts.set(origin, (verdict = isOwn(origin)));
    }
    return verdict;
  };
}

const MAX_KNOWN = 1000;

/** A host of a URL or of the configuration: lower-case, bare, an IPv4 address inside IPv6 as plain IPv4. */
function toName(host: string): string {
  const bare = host.toLowerCase().replace(/^\[(.*)\]$/, "$1");
  const [, high, low] = /^::ffff:([0-9a-f]{1,4}):([0-9a-f]{1,4})$/.exec(bare) ?? [];
  if (high === undefined || low === undefined) return bare.replace(/^::ffff:(?=\d+\.)/, "");
  const [upper, lower] = [parseInt(high, 16), parseInt(low, 16)];
  return [upper >> 8, upper & 255, lower >> 8, lower & 255].join(".");
}
