/** @module The doors of the proxy process, put together: which names and pages may call, with which keys, and who is an admin. */

import { createAdmit } from "./proxy/admit.ts";
import { createAttemptCount } from "./proxy/attempt-count.ts";
import { LOGIN_KEY_FILE, readCredentialKey } from "./proxy/credential-key.ts";
import { createDoor } from "./proxy/door.ts";
import { isForwardedHttps } from "./proxy/forwarded.ts";
import type { HandlerOptions } from "./proxy/handle.ts";
import { createKeyRing } from "./proxy/key-ring.ts";
import type { ClientLimits } from "./proxy/limits.ts";
import { createLogin } from "./proxy/login.ts";
import { createLoginCookies } from "./proxy/login-cookie.ts";
import type { ObjectBoard } from "./proxy/object-board.ts";
import { isOwnPath, type OwnSurfaceOptions } from "./proxy/own.ts";
import { createOwnDoor } from "./proxy/own-door.ts";

export type DoorSettings = {
  readonly allowedHosts: readonly string[];
  /** Any address may stand in `Host`. */
  readonly takesAddresses?: boolean;
  readonly allowedOrigins: readonly string[];
  /** Managed keys are required from loopback, too. */
  readonly requireKey: boolean;
  readonly keyHeaders: boolean;
  readonly clientLimits?: ClientLimits;
  readonly adminToken?: string | undefined;
  readonly adminHosts?: readonly string[];
  readonly trustsForwarded?: boolean;
  /** Sessions of the pages; there are none without a password and a token. */
  readonly login?: {
    readonly passwordHash: string | undefined;
    /** Signs sessions; one in the data directory if absent. */
    readonly secret: string | undefined;
    readonly ttlMs: number;
    /** Failed logins of one address in a window. */
    readonly windowMs: number;
    readonly attempts: number;
  };
};

export type Doors = Pick<HandlerOptions, "door" | "admit" | "ownDoor"> &
  Pick<OwnSurfaceOptions, "login"> & {
    readonly isHttps: (request: Request) => boolean;
  };

export type DoorPlace = { readonly objects: ObjectBoard; readonly dataDir: string };

/** From here on no other text holds the token by chance. */
const TELLING_LENGTH = 12;

export function createDoors(settings: DoorSettings, { objects, dataDir }: DoorPlace): Doors {
  const { allowedHosts, takesAddresses = false, allowedOrigins, requireKey, keyHeaders, adminToken, login } = settings;
  const trustsForwarded = settings.trustsForwarded ?? false;
  const session =
    login === undefined || (login.passwordHash ?? adminToken) === undefined
      ? undefined
      : {
          ...login,
          cookies: createLoginCookies({
            secret: login.secret ?? readCredentialKey(dataDir, LOGIN_KEY_FILE),
            passwords: [login.passwordHash, adminToken],
            ttlMs: login.ttlMs,
            clock: Date.now,
          }),
        };
  const ownDoor = createOwnDoor({
    token: adminToken,
    cookies: session?.cookies,
    hosts: settings.adminHosts ?? [],
    trustsForwarded,
  });
  const sessions = createLogin(
    session === undefined
      ? undefined
      : {
          ...session,
          isToken: (secret) => adminToken !== undefined && ownDoor.isToken(secret),
          attempts: createAttemptCount({
            windowMs: session.windowMs,
            most: session.attempts,
            now: () => performance.now(),
          }),
        },
  );
  const isHttps = (request: Request): boolean =>
    request.url.startsWith("https:") || (trustsForwarded && isForwardedHttps(request.headers));
  return {
    door: createDoor({ allowedHosts, takesAddresses, allowedOrigins, isOwnPath }),
    admit: createAdmit({
      ring: createKeyRing(objects),
      requireKey,
      keyHeaders,
      ...(adminToken === undefined ? {} : { isAdminToken: (secret) => ownDoor.isToken(secret) }),
      // A short one would be found in texts that have nothing to do with it.
      ...(adminToken === undefined || adminToken.length < TELLING_LENGTH
        ? {}
        : { holdsAdminToken: (text) => text.includes(adminToken) }),
      clock: Date.now,
    }),
    ownDoor,
    isHttps,
    login: (request, path, peer) =>
      sessions.answer(request, path, {
        address: ownDoor.addressOf(request, peer),
        isHttps: isHttps(request),
        isAuthenticated: ownDoor.isAuthenticated(request),
      }),
  };
}
