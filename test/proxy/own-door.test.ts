import { describe, expect, test } from "bun:test";

import { ProxyError } from "../../src/domain/error.ts";
import { createLoginCookies, LOGIN_COOKIE } from "../../src/proxy/login-cookie.ts";
import { createOwnDoor, type OwnDoorOptions } from "../../src/proxy/own-door.ts";
import { LOOPBACK_PEER, toPeer } from "../../src/proxy/peer.ts";

const HERE = LOOPBACK_PEER;
const BRIDGE = toPeer("172.17.0.1");
const REMOTE = toPeer("203.0.113.9");
const TOKEN = "an-admin-token";
const cookies = createLoginCookies({ secret: "s", passwords: ["h"], ttlMs: 1000, clock: () => 1_000_000 });
const session = { cookie: `${LOGIN_COOKIE}=${cookies.issue()}` };

type Ask = { path?: string; headers?: Record<string, string>; method?: string; peer?: typeof HERE };

function check(options: OwnDoorOptions, { path = "/admin/api-keys", headers = {}, method = "GET", peer = HERE }: Ask) {
  const answer = createOwnDoor(options).check(new Request("http://localhost/", { method, headers }), path, peer);
  return answer instanceof ProxyError ? answer.code : answer;
}

describe("without a token or password", () => {
  test("this machine sees everything, others nothing, whatever they say", () => {
    expect(check({}, {})).toBe("all");
    expect(check({}, { method: "POST" })).toBe("all");
    for (const headers of [{}, { "x-forwarded-for": "127.0.0.1" }, { "x-admin-token": "" }, session]) {
      for (const path of ["/admin/api-keys", "/dashboard", "/assets/a.js", "/stats/summary", "/api/live", "/ready"]) {
        expect(check({}, { path, headers, peer: REMOTE })).toBe("peer_not_allowed");
        expect(check({ hosts: ["203.0.113.9"] }, { path, headers, peer: REMOTE })).toBe("peer_not_allowed");
      }
    }
  });

  test("what another proxy on this machine passes on is not from here", () => {
    for (const name of ["x-forwarded-for", "forwarded", "x-real-ip", "x-client-ip", "true-client-ip"]) {
      expect(check({}, { headers: { [name]: "127.0.0.1" } })).toBe("peer_not_allowed");
      expect(check({ trustsForwarded: true }, { headers: { [name]: "127.0.0.1" } })).toBe("peer_not_allowed");
    }
  });

  test("only whether modeltap lives is told to everybody", () => {
    expect(check({}, { path: "/health" })).toBe("all");
    for (const path of ["/health", "/healthz", "/health/journal"]) {
      expect(check({}, { path, peer: REMOTE })).toBe("status");
      expect(check({}, { path, headers: { "x-forwarded-for": "1.2.3.4" } })).toBe("status");
    }
    expect(check({}, { path: "/healthy", peer: REMOTE })).toBe("peer_not_allowed");
    expect(check({}, { path: "/", peer: REMOTE })).toBe("all");
  });
});

describe("with a token", () => {
  const options = { token: TOKEN };
  test.each([{ "x-admin-token": TOKEN }, { authorization: `Bearer ${TOKEN}` }, { authorization: `bearer  ${TOKEN} ` }])(
    "%j opens everything on this machine, and nothing from elsewhere",
    (headers) => {
      for (const path of ["/admin/api-keys", "/stats/summary", "/api/live", "/ready", "/metrics"]) {
        expect(check(options, { path, headers })).toBe("all");
      }
      expect(check(options, { headers, method: "POST" })).toBe("all");
      expect(check(options, { headers, peer: REMOTE })).toBe("peer_not_allowed");
      // Watched from elsewhere, by whoever has the token.
      expect(check(options, { path: "/metrics", headers, peer: REMOTE })).toBe("all");
    },
  );

  test.each([{}, { "x-admin-token": "an-admin-toke" }, { authorization: `Basic ${TOKEN}` }, session] as const)(
    "%j opens nothing",
    (headers) => {
      for (const path of ["/admin/api-keys", "/admin/api/status", "/stats/summary", "/ready", "/admin/nobody"]) {
        expect(check(options, { path, headers })).toBe("admin_required");
      }
    },
  );

  test("the pages come up without data, to ask for it", () => {
    for (const path of [
      "/dashboard",
      "/admin",
      "/admin/login",
      "/admin/requests/x",
      "/admin/settings/keys",
      "/assets/a",
    ])
      expect(check(options, { path })).toBe("all");
    expect(check(options, { path: "/admin/settings/keys", method: "POST" })).toBe("admin_required");
    expect(check(options, { path: "/admin/session" })).toBe("all");
    expect(check(options, { path: "/admin/session/other" })).toBe("admin_required");
  });

  test("a wrong token is refused even beside a good session", () => {
    const both = { ...session, "x-admin-token": "wrong" };
    expect(check({ token: TOKEN, cookies }, { headers: both })).toBe("admin_required");
    expect(check({ token: TOKEN, cookies }, { headers: session })).toBe("all");
  });
});

describe("with a password", () => {
  test("a session opens everything; changes need the field that other pages cannot send", () => {
    expect(check({ cookies }, {})).toBe("admin_required");
    expect(check({ cookies }, { headers: session })).toBe("all");
    expect(check({ cookies }, { headers: { cookie: `${LOGIN_COOKIE}=1.x` } })).toBe("admin_required");
    for (const method of ["POST", "PUT", "PATCH", "DELETE"]) {
      expect(check({ cookies }, { headers: session, method })).toBe("csrf_required");
      expect(check({ cookies }, { headers: { ...session, "x-csrf": "1" }, method })).toBe("all");
    }
  });
});

describe("admin_hosts", () => {
  const options = { token: TOKEN, hosts: ["172.17.0.0/16", "2001:db8::/32", "10.0.0.7"] };
  const headers = { "x-admin-token": TOKEN };

  test("lets those machines in, with the token only", () => {
    expect(check(options, { headers, peer: BRIDGE })).toBe("all");
    expect(check(options, { peer: BRIDGE })).toBe("admin_required");
    expect(check(options, { headers, peer: toPeer("2001:db8::1") })).toBe("all");
    expect(check(options, { headers, peer: toPeer("::ffff:10.0.0.7") })).toBe("all");
    for (const address of ["172.18.0.1", "10.0.0.8", "203.0.113.9", undefined]) {
      expect(check(options, { headers, peer: toPeer(address) })).toBe("peer_not_allowed");
    }
  });

  test("goes by the forwarded address only behind a trusted proxy of this machine", () => {
    const relayed = { ...headers, "x-forwarded-for": "172.17.0.9" };
    expect(check(options, { headers: relayed })).toBe("peer_not_allowed");
    expect(check({ ...options, trustsForwarded: true }, { headers: relayed })).toBe("all");
    expect(check({ ...options, trustsForwarded: true }, { headers: relayed, peer: REMOTE })).toBe("peer_not_allowed");
    const forged = { ...headers, "x-forwarded-for": "172.17.0.9, 203.0.113.9" };
    expect(check({ ...options, trustsForwarded: true }, { headers: forged })).toBe("peer_not_allowed");
  });
});

test("failed logins count for the address of the connection; what fields say, only where a proxy on this machine is trusted", () => {
  const request = new Request("http://localhost/", { headers: { "x-forwarded-for": "10.0.0.1, 10.0.0.2" } });
  const find = (trustsForwarded: boolean, peer: typeof HERE) =>
    createOwnDoor({ token: TOKEN, hosts: ["203.0.113.9"], trustsForwarded }).addressOf(request, peer);
  expect([find(true, HERE), find(false, HERE)]).toEqual(["10.0.0.2", "127.0.0.1"]);
  // A new address with each guess would never have to wait.
  expect([find(true, REMOTE), find(false, REMOTE)]).toEqual(["203.0.113.9", "203.0.113.9"]);
});
