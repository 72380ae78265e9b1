/** @module How outgoing connections leave this machine: proxy, certificate authority, TLS checks. */

import { BlockList, isIP } from "node:net";

import type { Upstream } from "../provider/upstream.ts";
import type { OutgoingNetwork } from "./options.ts";

/** The part of fetch's options that concerns the connection. Bun's own names. */
export type ConnectionOptions = {
  /** Empty text = direct, whatever HTTPS_PROXY says in the environment. */
  readonly proxy?: string;
  readonly tls?: { readonly ca?: string; readonly rejectUnauthorized?: boolean };
};

/** URL of the proxy for an origin; undefined when it is reached directly. Loopback is always direct. */
export function findOutgoingProxy(origin: string, network: OutgoingNetwork): string | undefined {
  if (network.proxyUrl === undefined) return undefined;
  const { hostname, port, protocol } = new URL(origin);
  const host = hostname.toLowerCase().replace(/^\[(.*)\]$/, "$1");
  if (host === "localhost" || host.startsWith("127.") || host === "::1") return undefined;
  const target = { host, port: port === "" ? (protocol === "https:" ? "443" : "80") : port };
  return network.noProxy.some((rule) => isDirect(rule.trim().toLowerCase(), target)) ? undefined : network.proxyUrl;
}

/** Rules as curl and Go understand them: `*`, a name with its subdomains, an address or a subnet; a port narrows a name. */
function isDirect(rule: string, target: { readonly host: string; readonly port: string }): boolean {
  if (rule === "" || rule === "*") return rule === "*";
  const [address = "", bits] = rule.split("/", 2);
  if (bits !== undefined) return isInSubnet(target.host, address, Number(bits));
  const [, bracketed, plain, port] = /^(?:\[(.*)\]|([^:]*))(?::(\d+))?$/.exec(rule) ?? [];
  if (port !== undefined && port !== target.port) return false;
  const name = (bracketed ?? plain ?? rule).replace(/^\*?\./, "");
  return name !== "" && (target.host === name || target.host.endsWith(`.${name}`));
}

function isInSubnet(host: string, address: string, bits: number): boolean {
  const kind = isIP(address);
  if (kind === 0 || kind !== isIP(host) || !(bits >= 0 && bits <= (kind === 4 ? 32 : 128))) return false;
  const family = kind === 4 ? "ipv4" : "ipv6";
  const subnet = new BlockList();
  subnet.addSubnet(address, bits, family);
  return subnet.check(host, family);
}

/** Built once per upstream, so that the hot path only spreads it. */
export function toConnectionOptions(upstream: Upstream, network: OutgoingNetwork): ConnectionOptions {
  const proxy = upstream.baseUrl === undefined ? undefined : findOutgoingProxy(upstream.baseUrl, network);
  const tls = {
    ...(network.ca === undefined ? {} : { ca: network.ca }),
    ...(upstream.tlsInsecure ? { rejectUnauthorized: false } : {}),
  };
  return {
    ...(proxy === undefined ? {} : { proxy }),
    ...(Object.keys(tls).length === 0 ? {} : { tls }),
  };
}
