/** @module The ways a bench request can take: direct, through a bare or a reading relay, through modeltap with recording on. */

import { join } from "node:path";

import { startModeltap, type Modeltap } from "../../test/support/modeltap.ts";

/** `reading` is the bare relay that also looks at the answers it passes: the floor of whoever records them. */
export type TargetName = "direct" | "relay" | "reading" | "modeltap";

export type Target = {
  readonly name: TargetName;
  /** What the load generator puts in front of `/v1/chat/completions`. */
  readonly url: string;
  /** All processes of the proxy; empty for direct. */
  readonly pids: readonly number[];
  /** The one that moves bytes. */
  readonly proxyPids: readonly number[];
};

export type Setup = AsyncDisposable & {
  readonly targets: readonly Target[];
  readonly modeltap: Modeltap;
  target(name: TargetName): Target;
};

/** Starts upstream, relays and modeltap, all fresh; disposing ends them. */
export async function createSetup(): Promise<Setup> {
  const provider = await spawnServer("bench/harness/provider.ts");
  const relay = await spawnServer("bench/relay.ts", [provider.url]);
  const reading = await spawnServer("bench/relay.ts", [provider.url, "--reads"]);
  const servers = [reading, relay, provider];
  const endServers = async () => {
    for (const { child } of servers) child.kill("SIGKILL");
    await Promise.all(servers.map(({ child }) => child.exited));
  };
  const modeltap = await startModeltap({ config: { providers: { openai: { base_url: provider.url } } } }).catch(
    async (cause: unknown) => {
      await endServers();
      throw cause;
    },
  );
  const ids = await modeltap.pids();
  const targets: readonly Target[] = [
    { name: "direct", url: provider.url, pids: [], proxyPids: [] },
    { name: "relay", url: relay.url, pids: [relay.child.pid], proxyPids: [relay.child.pid] },
    { name: "reading", url: reading.url, pids: [reading.child.pid], proxyPids: [reading.child.pid] },
    {
      name: "modeltap",
      url: `${modeltap.url}/openai`,
      pids: [ids.proxy, ids.recorder, ids.api],
      proxyPids: [ids.proxy],
    },
  ];
  return {
    targets,
    modeltap,
    target: (name) => {
      const found = targets.find((target) => target.name === name);
      if (found === undefined) throw new Error(`no target ${name}`);
      return found;
    },
    [Symbol.asyncDispose]: async () => {
      await modeltap.destroy();
      await endServers();
    },
  };
}

/** Starts a script that prints `listening PORT`. */
export async function spawnServer(script: string, args: readonly string[] = []) {
  const child = Bun.spawn([process.execPath, "--no-env-file", script, ...args], {
    cwd: join(import.meta.dir, "..", ".."),
    env: { PATH: process.env["PATH"] ?? "", BUN_CONFIG_MAX_HTTP_REQUESTS: "65336" },
    stdin: "ignore",
    stdout: "pipe",
    stderr: "inherit",
  });
  let printed = "";
  const decoder = new TextDecoder();
  for await (const bytes of child.stdout) {
    printed += decoder.decode(bytes);
    if (printed.includes("\n")) break;
  }
  const port = /listening (\d+)/.exec(printed)?.[1];
  if (port === undefined) throw new Error(`${script} did not start: ${printed}`);
  return { child, url: `http://127.0.0.1:${port}` };
}
