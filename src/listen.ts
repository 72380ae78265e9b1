/** @module Opens the ports of the proxy process. */

import { ProxyError } from "./domain/error.ts";
import { isLoopbackName } from "./proxy/door.ts";
import type { Handler } from "./proxy/handle.ts";
import { toPeer } from "./proxy/peer.ts";
import type { Events } from "./telemetry/events.ts";

export type ListenOptions = {
  readonly hosts: readonly string[];
  readonly port: number;
  readonly tls?: { readonly cert: string; readonly key: string };
  readonly emit: Events;
};

/**
 * The first address must be free; a further one is left out with a warning when it is not. Throws what `Bun.serve` throws.
 * @param onFailure called before it throws
 */
export function listen(options: ListenOptions, handler: Handler, onFailure: () => void): Bun.Server<undefined>[] {
  const servers: Bun.Server<undefined>[] = [];
  let { port } = options;
  for (const [index, hostname] of options.hosts.entries()) {
    const isLocal = isLoopbackName(hostname);
    try {
      const server = Bun.serve({
        hostname,
        port,
        // Streams may rest for minutes: the watch has the limits, not the server.
        idleTimeout: 0,
        development: false,
        // Out of development Bun would share a taken port with whoever has it: every second request would go astray.
        reusePort: false,
        // Bodies have limits of their own where they are held; a streamed upload has none.
        maxRequestBodySize: Number.MAX_SAFE_INTEGER,
        ...(options.tls === undefined ? {} : { tls: options.tls }),
        fetch: isLocal
          ? handler
          : (request, server) => handler(request, server, toPeer(server.requestIP(request)?.address)),
        error: (failure) => answerFault(failure, options.emit),
      });
      port = server.port ?? port;
      servers.push(server);
    } catch (failure) {
      if (index === 0) {
        onFailure();
        throw failure;
      }
      options.emit.addressLeftOut({ address: hostname, reason: messageOf(failure) });
    }
  }
  return servers;
}

/** The last net: the runner turns its own failures into answers, so this is a fault of ours. */
function answerFault(failure: unknown, emit: Events): Response {
  emit.requestFault({ reason: messageOf(failure) });
  const error = new ProxyError("internal", "An unexpected failure.");
  return Response.json({ error: { message: error.message, code: error.code } }, { status: error.status });
}

function messageOf(failure: unknown): string {
  return failure instanceof Error ? failure.message : String(failure);
}

/** An address as it stands in a URL. */
export function showHost(host: string): string {
  return host.includes(":") ? `[${host}]` : host;
}
