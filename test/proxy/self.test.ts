import { describe, expect, test } from "bun:test";

import { createSelf } from "../../src/proxy/self.ts";

const LOOPBACK = ["127.0.0.1", "::1"];
const create = (hosts: readonly string[], names: readonly string[] = []) =>
  createSelf({ hosts, names, port: () => 8080, addresses: () => ["192.0.2.2", "2001:db8::2"] });

describe("forwarding to ourselves is known", () => {
  test.each(["http://127.0.0.1:8080", "http://[::1]:8080", "http://localhost:8080", "http://a.localhost:8080"])(
    "by every name of the loopback: %s",
    (origin) => {
      expect(create(LOOPBACK)(origin)).toBe(true);
      // The second answer is the kept one.
      expect(create(["0.0.0.0"])(origin) && create(["::"])(origin)).toBe(true);
    },
  );

  test.each(["http://[::ffff:7f00:1]:8080", "http://127.0.0.2:8080", "http://0.0.0.0:8080", "https://192.0.2.2:8080"])(
    "where all addresses are listened on, by each of them: %s",
    (origin) => {
      const isSelf = create(["0.0.0.0", "::"]);
      expect([isSelf(origin), isSelf(origin)]).toEqual([true, true]);
    },
  );

  test("by the names that others call us", () => {
    const isSelf = create(["192.0.2.2", "127.0.0.1"], ["MyBox", "other:8080"]);
    expect(["http://mybox:8080", "http://other:8080", "http://192.0.2.2:8080"].map(isSelf)).toEqual([true, true, true]);
  });

  test("and other programs are not: another port, another machine, another loopback address that we leave free", () => {
    const isSelf = create(LOOPBACK, ["mybox"]);
    const others = ["http://127.0.0.1:8081", "https://mybox", "http://10.0.0.1:8080", "http://127.0.0.2:8080"];
    expect(others.map(isSelf)).toEqual([false, false, false, false]);
    expect(create(["0.0.0.0"])("http://203.0.113.9:8080")).toBe(false);
  });

  test("the scheme's own port counts where none is written", () => {
    const isSelf = createSelf({ hosts: LOOPBACK, names: [], port: () => 443, addresses: () => [] });
    expect([isSelf("https://localhost"), isSelf("http://localhost")]).toEqual([true, false]);
  });
});
