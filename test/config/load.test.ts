import { describe, expect, test } from "bun:test";

import { loadConfiguration } from "../../src/config/load.ts";
import { ConfigError } from "../../src/config/problem.ts";
import { load, type Sources } from "./load-support.ts";

/** Lines of the ConfigError that loading throws. */
function problemsOf(sources: Sources): readonly string[] {
  try {
    load(sources);
  } catch (failure) {
    if (failure instanceof ConfigError) return failure.message.split("\n");
    throw failure;
  }
  return [];
}

describe("precedence", () => {
  /** Highest first; each sets another port. */
  const LAYERS: readonly (readonly [name: string, sources: Sources, port: number, source: RegExp])[] = [
    ["flag", { flags: [{ key: "port", flag: "--port", text: "1" }] }, 1, /^flag --port$/],
    ["environment", { environment: { MODELTAP_PORT: "2" } }, 2, /^environment MODELTAP_PORT$/],
    ["--env-file", { envFile: "# mine\nMODELTAP_PORT=3" }, 3, /\/given\.env:2 MODELTAP_PORT$/],
    [".env", { dotEnv: "MODELTAP_PORT=4" }, 4, /\/\.config\/modeltap\/\.env:1 MODELTAP_PORT$/],
    ["stored", { stored: { port: 5 } }, 5, /^stored settings$/],
    ["config.toml", { toml: "\nport = 6" }, 6, /\/\.config\/modeltap\/config\.toml:2$/],
    ["default", {}, 8080, /^default$/],
  ];

  test.each(LAYERS.map(([name, , port, source], at) => [name, at, port, source] as const))(
    "%s wins over all below it, and is named as the source",
    (_name, at, port, source) => {
      const { configuration } = load(Object.assign({}, ...LAYERS.slice(at).map(([, sources]) => sources)));
      expect(configuration.values.port).toBe(port);
      expect(configuration.sources["port"]).toMatch(source);
    },
  );

  test("keys come from different layers, each with its own source", () => {
    const { read, configuration } = load({
      environment: { MODELTAP_TIMEOUTS_IDLE: "2m" },
      toml: '[timeouts]\nidle = "1m"\nconnect = 500\n[providers.openai]\ncapture = "off"',
      dotEnv: "MODELTAP_PROVIDERS_OPENAI_BASE_URL=https://gateway.example/v1/",
    });
    expect(configuration.values.timeouts).toEqual({ connect: 500, first_byte: 900_000, idle: 120_000, drain: 30_000 });
    expect(read("providers.openai")).toMatchObject({
      base_url: "https://gateway.example/v1",
      capture: "off",
      tls_insecure: false,
    });
    expect(configuration.sources["timeouts.idle"]).toBe("environment MODELTAP_TIMEOUTS_IDLE");
    expect(configuration.sources["timeouts.connect"]).toMatch(/config\.toml:3$/);
    expect(configuration.sources["providers.openai.base_url"]).toMatch(/\.env:1 MODELTAP_/);
    expect(configuration.sources["timeouts.drain"]).toBe("default");
  });
});

test("defaults are those of the documentation", () => {
  const { configuration, home } = load({});
  expect(configuration.hosts).toEqual(["127.0.0.1", "::1"]);
  expect(configuration.notices).toEqual([]);
  expect(configuration.configDirectory).toBe(`${home}/.config/modeltap`);
  expect(configuration.values).toMatchObject({
    port: 8080,
    data_dir: `${home}/.local/share/modeltap`,
    database: `${home}/.local/share/modeltap/modeltap.db`,
    upstream: "openai",
    capture: "full",
    max_held_body: 64 * 2 ** 20,
    retention: { bodies: 30 * 86_400_000, min_free_disk: 2 * 2 ** 30, min_free_fraction: 0.05 },
    journal: { max_size: 4 * 2 ** 30, memory: 64 * 2 ** 20, sync: false },
    providers: {},
  });
});

test("values of the environment are read by the kind of their key", () => {
  const { read } = load({
    environment: {
      MODELTAP_OFFLINE: "Yes",
      MODELTAP_JOURNAL_SYNC: "0",
      MODELTAP_ALLOWED_HOSTS: "a.example, b.example:8080",
      MODELTAP_RETENTION_BODIES: "forever",
      MODELTAP_RETENTION_MIN_FREE_FRACTION: "0.1",
      MODELTAP_BODY_MEMORY: "2GB",
      MODELTAP_UPSTREAM: "",
      HTTPS_PROXY: "proxy.example:3128",
      no_proxy: "internal.example,.corp",
    },
  });
  expect(read("offline")).toBe(true);
  expect(read("journal.sync")).toBe(false);
  expect(read("allowed_hosts")).toEqual(["a.example", "b.example:8080"]);
  expect(read("retention.bodies")).toBe("forever");
  expect(read("retention.min_free_fraction")).toBe(0.1);
  expect(read("body_memory")).toBe(2e9);
  expect(read("upstream")).toBe("openai");
  expect(read("https_proxy")).toBe("http://proxy.example:3128/");
  expect(read("no_proxy")).toEqual(["internal.example", ".corp"]);
});

test("relative paths begin at the file they stand in, ~ is the home", () => {
  const inFile = load({ toml: 'database = "sqlite:///./x.db"\ndata_dir = "~/data"' });
  expect(inFile.read("database")).toBe(`${inFile.home}/.config/modeltap/x.db`);
  expect(inFile.read("data_dir")).toBe(`${inFile.home}/data`);
  const inEnvironment = load({ environment: { MODELTAP_DATABASE: "y.db" }, toml: 'data_dir = "/srv/d"' });
  expect(inEnvironment.read("database")).toBe(`${inEnvironment.home}/y.db`);
});

test("every problem is told at once: where, which key, what is allowed, what was meant", () => {
  const problems = problemsOf({
    flags: [{ key: "log_level", flag: "--log-level", text: "loud" }],
    environment: { MODELTAP_PROT: "1", MODELTAP_PORT: "70000", MODELTAP_PROVIDERS_OPENAI_LOCAL: "maybe" },
    dotEnv: "what is this",
    toml: 'upsteam = "x"\n[timeouts]\nidle = "soon"\nfirst_bite = 1\n[journal]\nsync = "yes"\n[retention]\nmax_size = 1',
  });
  expect(problems).toEqual([
    'environment MODELTAP_PROT: unknown variable (did you mean "MODELTAP_PORT"?)',
    "~/.config/modeltap/.env:1: must be a line of the form KEY=value",
    '~/.config/modeltap/config.toml:1: unknown key upsteam (did you mean "upstream"?)',
    '~/.config/modeltap/config.toml:4: unknown key timeouts.first_bite (did you mean "timeouts.first_byte"?)',
    '~/.config/modeltap/config.toml:8: unknown key retention.max_size (did you mean "journal.max_size"?)',
    expect.stringMatching(/^flag --log-level: log_level must be one of "debug", .*, not "loud"$/),
    expect.stringMatching(/^environment MODELTAP_PORT: port must be a whole number from 0 to 65535.*, not "70000"$/),
    expect.stringMatching(
      /^environment MODELTAP_PROVIDERS_OPENAI_LOCAL: providers\.openai\.local must be true or false/,
    ),
    expect.stringMatching(/config\.toml:3: timeouts\.idle must be a duration such as .*, not "soon"$/),
    expect.stringMatching(/config\.toml:6: journal\.sync must be true or false, not "yes"$/),
  ]);
});

test("a bad value is a problem even where a higher layer hides it", () => {
  expect(problemsOf({ environment: { MODELTAP_PORT: "1" }, toml: 'port = "x"' })).toHaveLength(1);
});

test("a bad stored value is left out and told, so that the pages can mend it", () => {
  const { configuration } = load({ stored: { port: "x", "timeouts.idle": "1m", gone: 1 } });
  expect(configuration.values.port).toBe(8080);
  expect(configuration.values.timeouts.idle).toBe(60_000);
  expect(configuration.notices).toHaveLength(2);
});

test("files that flags name must exist, the others need not", () => {
  const base = {
    knownProviders: ["openai"],
    reservedSegments: new Set<string>(),

    environment: { HOME: "/nowhere" },
  };
  expect(loadConfiguration(base).values.port).toBe(8080);
  expect(() => loadConfiguration({ ...base, configPath: "/nowhere/c.toml", envFilePath: "/nowhere/e" })).toThrow(
    /^\/nowhere\/e: cannot be read: .*\n\/nowhere\/c\.toml: cannot be read: /,
  );
});

test("a file that is no TOML is told by line", () => {
  expect(problemsOf({ toml: "port = 1\nhost =" })).toEqual([
    expect.stringMatching(/config\.toml:\d: is not valid TOML: /),
  ]);
});

test("no message shows what looks like a secret", () => {
  const secret = "sk-proj-abcdefgh12345678";
  const shown = problemsOf({
    environment: {
      MODELTAP_PORT: secret,
      MODELTAP_HTTPS_PROXY: "socks5://me:hunter2@proxy",
      MODELTAP_PROVIDERS_OPENAI_BASE_URL: "https://me:hunter2@host",
      MODELTAP_LOG_FORMAT: secret,
      MODELTAP_BOOTSTRAP_KEY: "hunter2 with-a-space-in-it",
      MODELTAP_UPSTREAM: secret,
    },
    dotEnv: secret,
    toml: `log_level = "${secret}"`,
  }).join("\n");
  expect(shown.split("\n").length).toBeGreaterThanOrEqual(7);
  expect(shown).not.toMatch(/sk-proj|hunter2/);
});

test("a provider id that is a name of JavaScript objects does no harm", () => {
  expect(problemsOf({ toml: '[providers.__proto__]\nbase_url = "http://x"' }).length).toBeGreaterThan(0);
  const { configuration } = load({ toml: '[providers.constructor]\nbase_url = "http://x"' });
  expect(configuration.values.providers["constructor"]?.base_url).toBe("http://x");
});
