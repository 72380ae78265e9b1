import { describe, expect, test } from "bun:test";

import { load } from "./load-support.ts";

const TOKEN = { MODELTAP_ADMIN_API_KEY: "a-long-random-token" };

describe("admin_hosts", () => {
  test.each(["172.17.0.1", "192.168.1.0/24", "2001:db8::/32", "::1, 10.0.0.0/8"])("%s is understood", (hosts) => {
    const { read } = load({ environment: { ...TOKEN, MODELTAP_ADMIN_HOSTS: hosts } });
    expect(read("admin_hosts")).toEqual(hosts.split(", "));
  });

  test.each(["1.2.3", "10.0.0.0/33", "2001:db8::/129", "10.0.0.0/8/8"])("%s is refused", (hosts) => {
    expect(() => load({ environment: { ...TOKEN, MODELTAP_ADMIN_HOSTS: hosts } })).toThrow(`not "${hosts}"`);
  });

  test("without a token or password is an error: nobody could come in", () => {
    expect(() => load({ environment: { MODELTAP_ADMIN_HOSTS: "10.0.0.1" } })).toThrow(
      "admin_hosts needs admin_api_key",
    );
  });
});

describe("secrets", () => {
  test.each([
    ["DASHBOARD_PASSWORD_HASH", "my password"],
    ["DASHBOARD_PASSWORD_HASH", "5f4dcc3b5aa765d61d8327deb882cf99"],
    ["DASHBOARD_PASSWORD_HASH", "$argon2id$v=19$m=65536,t=2,p=1$c2FsdHNhbHRzYWx0"],
    ["DASHBOARD_PASSWORD_HASH", "=19=65536,t=2,p=1/9uYmV4dHJh0000000000000000"],
    ["DASHBOARD_PASSWORD_HASH", "$2b$10$abcdefghijklmnopqrst"],
    ["DASHBOARD_SESSION_SECRET", "short"],
    ["MODELTAP_BOOTSTRAP_KEY", "too-short-to-be-safe"],
  ])("%s is refused as %s, without being told", (name, value) => {
    const failure = (() => {
      try {
        load({ environment: { [name]: value } });
        return "";
      } catch (error) {
        return String(error);
      }
    })();
    expect(failure).toContain(`environment ${name}`);
    expect(failure).not.toContain(value);
  });

  test("that anybody would try first, and keys over plain HTTP, are warned of", () => {
    const notices = (environment: Record<string, string>) => load({ environment }).configuration.notices.join("\n");
    expect(notices({ ADMIN_API_KEY: "ChangeMe" })).toContain("admin_api_key is a word that anybody would try first");
    expect(notices(TOKEN)).toBe("");
    expect(notices({ MODELTAP_HOST: "0.0.0.0" })).toContain("over plain HTTP");
  });
});

test.each(["argon2id", "argon2d", "argon2i", "bcrypt"] as const)(
  "a hash of %s is accepted whole",
  async (algorithm) => {
    const hash = await Bun.password.hash("a password", algorithm);
    expect(load({ environment: { DASHBOARD_PASSWORD_HASH: hash } }).read("dashboard.password_hash")).toBe(hash);
  },
);
