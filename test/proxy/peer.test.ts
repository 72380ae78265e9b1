import { expect, test } from "bun:test";

import { toPeer } from "../../src/proxy/peer.ts";

test.each([
  ["127.0.0.1", "127.0.0.1", true],
  ["127.8.8.8", "127.8.8.8", true],
  ["::1", "::1", true],
  ["::ffff:127.0.0.1", "127.0.0.1", true],
  ["::FFFF:10.0.0.7", "10.0.0.7", false],
  ["192.168.1.9", "192.168.1.9", false],
  ["fe80::1%eth0", "fe80::1", false],
  ["127.0.0.1.evil.com", "127.0.0.1.evil.com", false],
  ["", "", false],
])("the peer %p is %p, loopback: %p", (address, plain, isLoopback) => {
  expect(toPeer(address)).toEqual({ address: plain, isLoopback });
});

test("a connection that is gone is nobody's", () => {
  expect(toPeer(undefined)).toEqual({ address: "", isLoopback: false });
});
