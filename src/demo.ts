/** @module Demo mode: every provider points to a fake one on this machine, data goes to a temporary place. */

import { join } from "node:path";
import type { AppOptions } from "./app.ts";
import { startDemoProvider } from "./demo/provider.ts";
import { type DemoTraffic, startDemoTraffic } from "./demo/traffic.ts";
import { toDemoTable } from "./demo-routes.ts";
import { findRunDirectory } from "./config/paths.ts";

export type Demo = {
  /** The options with upstreams and places replaced. */
  change(options: AppOptions): AppOptions;
  /** Starts the clients once the proxy listens. */
  begin(proxyUrl: string, onError: (error: unknown) => void): void;
  /** May be called again. */
  end(): Promise<void>;
};

/** Starts the fake provider. `directory` holds the demo's data until it ends. */
export async function startDemo(directory: string): Promise<Demo> {
  const provider = startDemoProvider();
  let traffic: DemoTraffic | undefined;
  return {
    change(options) {
      // A demo needs no network: the built-in prices hold.
      const { live: _live, ...prices } = options.prices;
      return {
        ...options,
        proxy: { ...options.proxy, ...toDemoTable(options.proxy, provider.url) },
        // Its clients have no keys, and are many at once.
        doors: { ...options.doors, requireKey: false, clientLimits: {} },
        dataDir: directory,
        runDir: findRunDirectory(directory),
        databasePath: join(directory, "modeltap.db"),
        prices: { ...prices, cacheFile: join(directory, "pricing-cache.jsonl") },
        demo: true,
      };
    },
    begin(proxyUrl, onError) {
      traffic = startDemoTraffic({ proxyUrl, random: Math.random, onError });
    },
    async end() {
      await traffic?.stop();
      await provider.close();
    },
  };
}
