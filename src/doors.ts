/** @module The doors of the proxy process, put together: which names and pages may call, and with which keys. */

import { createAdmit } from "./proxy/admit.ts";
import { createDoor } from "./proxy/door.ts";
import type { HandlerOptions } from "./proxy/handle.ts";
import { createKeyRing } from "./proxy/key-ring.ts";
import type { ObjectBoard } from "./proxy/object-board.ts";
import { isOwnPath } from "./proxy/own.ts";

export type DoorSettings = {
  readonly allowedHosts: readonly string[];
  readonly allowedOrigins: readonly string[];
  /** Managed keys are required from loopback, too. */
  readonly requireKey: boolean;
  readonly keyHeaders: boolean;
};

export function createDoors(settings: DoorSettings, objects: ObjectBoard): Pick<HandlerOptions, "door" | "admit"> {
  const { allowedHosts, allowedOrigins, requireKey, keyHeaders } = settings;
  return {
    door: createDoor({ allowedHosts, allowedOrigins, isOwnPath }),
    admit: createAdmit({ ring: createKeyRing(objects), requireKey, keyHeaders, clock: Date.now }),
  };
}
