/** @module One call of a demo client before and after it is put into a wire format. */

import type { Message, ToolOffer } from "../script.ts";

/** Who calls, made up once per session. */
export type Identity = {
  readonly sessionId: string;
  readonly deviceId: string;
};

export type ChatCall = {
  readonly identity: Identity;
  readonly model: string;
  readonly system: string;
  readonly tools: readonly ToolOffer[];
  readonly messages: readonly Message[];
  readonly streaming: boolean;
};

/** An HTTP request under the address of the proxy. */
export type DemoRequest = {
  readonly method: "GET" | "POST";
  /** With query. */
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string;
  readonly streaming: boolean;
};
