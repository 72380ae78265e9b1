/** @module Clients that keep calling whatever happens, and a note of what each of them got. */

import { eventually } from "../support/gate.ts";
import { findResponse, openRaw, type RawClient, type RawResponse } from "../support/raw-request.ts";
import { type Call, toCall, toPlainText } from "./call.ts";

export type Outcome = {
  readonly call: Call;
  /** `whole` = complete framing and the right bytes; `left` = the client went on purpose. */
  readonly got: "whole" | "cut" | "left";
  /** The proxy lived through it. */
  readonly wasCalm: boolean;
  /** What was wrong with an answer, or how the connection ended. */
  readonly detail: string;
};

export type LoadOptions = {
  readonly url: string;
  readonly clients: number;
  /** Number of the proxy's life, to tell which calls met a death; undefined while it dies. */
  readonly readLife: () => number | undefined;
  readonly onOutcome: (outcome: Outcome) => void;
};

export type Load = {
  /** Lets running calls end and starts no new ones. */
  pause(): Promise<void>;
  resume(): void;
};

const ANSWER_TIMEOUT_MS = 30_000;
const UPLOAD_PIECE_BYTES = 64 * 1024;

/** Starts paused. */
export function createLoad(options: LoadOptions): Load {
  let nextMarker = 1;
  let pause = new AbortController();
  let running: Promise<void>[] = [];

  async function keepCalling({ signal }: AbortController): Promise<void> {
    while (!signal.aborted) {
      // Before the connection: the system may have made it with a process that is dead by the time we are told.
      const life = options.readLife();
      const client = await openRaw(options.url).catch(() => undefined);
      if (client === undefined) await Bun.sleep(10);
      else await callOnce(client, toCall(nextMarker++), life);
    }
  }

  async function callOnce(client: RawClient, call: Call, life: number | undefined): Promise<void> {
    await using _ = client;
    const t = performance.now();
    const { got, detail } = await makeCall(client, call);
    if (performance.now() - t > 3000) console.log("slow", call.marker, call.kind, got, detail, performance.now() - t);
    options.onOutcome({ call, got, detail, wasCalm: life !== undefined && life === options.readLife() });
  }

  return {
    async pause() {
      pause.abort();
      await Promise.all(running);
      running = [];
    },
    resume() {
      if (running.length > 0) return;
      pause = new AbortController();
      running = Array.from({ length: options.clients }, () => keepCalling(pause));
    },
  };
}

async function makeCall(client: RawClient, call: Call): Promise<Pick<Outcome, "got" | "detail">> {
  const bytes = client.requestText(call.request);
  if (call.kind === "upload") await client.sendInPieces(bytes, UPLOAD_PIECE_BYTES, 3);
  else await client.send(bytes);
  if (call.kind === "client-leaves") {
    // Mostly in the middle of the answer, sometimes before it.
    await Bun.sleep(call.marker % 40);
    client.abort();
    return { got: "left", detail: "" };
  }
  const response = await readAnswer(client);
  if (response === undefined) return { got: "cut", detail: `connection ${client.ended}, no head` };
  if (!response.complete) return { got: "cut", detail: `connection ${client.ended}, status ${response.status}` };
  if (response.status === 200 && toPlainText(response) === call.expectedText) return { got: "whole", detail: "" };
  return { got: "cut", detail: `status ${response.status}, ${response.text.slice(0, 200)}` };
}

/** The answer, whole or as far as it came; undefined when there was no head. */
async function readAnswer(client: RawClient): Promise<RawResponse | undefined> {
  const found = await eventually(
    () => {
      const response = findResponse(client.bytes, client.ended);
      return response?.complete === true || client.ended !== "open" ? { response } : undefined;
    },
    "an answer or the end of the connection",
    ANSWER_TIMEOUT_MS,
  ).catch(() => undefined);
  return found?.response;
}
