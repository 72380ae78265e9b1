/** @module How much of an exchange is kept: what the upstreams, the client and the disk leave over. */

import type { CaptureMode } from "../domain/exchange.ts";
import type { Upstream } from "../provider/upstream.ts";

/**
 * The strictest of the upstreams that may see the request, and of what the client asks for. With little free disk bodies
 * are not kept, but their usage is still read: over memory, as in metadata mode.
 * @param asked value of `x-modeltap-capture`; a word that is not known is taken for `off`: whoever sends it wants less
 */
export function chooseCapture(
  asked: string | null,
  upstreams: readonly Upstream[],
  refusesBodies: boolean,
): CaptureMode {
  const wish = asked?.trim().toLowerCase() ?? "full";
  if ((wish !== "full" && wish !== "metadata") || upstreams.some(({ capture }) => capture === "off")) return "off";
  const isReduced = refusesBodies || wish === "metadata" || upstreams.some(({ capture }) => capture === "metadata");
  return isReduced ? "metadata" : "full";
}
