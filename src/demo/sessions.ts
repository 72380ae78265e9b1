/** @module One demo session: a scenario played step by step, with the history a real client would send along. */

import type { ChatCall, DemoRequest, Identity } from "./client/call.ts";
import { CLIENTS, toCountRequest, toEmbedRequest, toModelsRequest } from "./client/clients.ts";
import { pickFrom, pickInteger, pickUuid, type Random } from "./random.ts";
import type { Message, Scenario, Step } from "./script.ts";

export type PlannedCall = {
  readonly request: DemoRequest;
  /** Time a person thinks or a tool runs before the request. Unit: milliseconds. */
  readonly pauseMs: number;
};

export type DemoSession = {
  readonly scenario: Scenario;
  /** The request of the current step; undefined when all were played. */
  nextCall(): PlannedCall | undefined;
  /** Goes on to the next step; the text of the answer gives the id of the tool call in it. */
  takeAnswer(text: string): void;
};

export function createSession(scenario: Scenario, random: Random): DemoSession {
  const identity: Identity = { sessionId: pickUuid(random), deviceId: pickUuid(random) };
  const history: Message[] = [];
  // Two people rarely say the same, word for word; where nothing names a session, it is known by its words.
  const branch = `${pickFrom(random, MANNERS)}-${pickFrom(random, THINGS)}-${pickFrom(random, THINGS)}`;
  let at = 0;

  function toCall(messages: readonly Message[]): ChatCall {
    const { model, tools, streaming } = scenario;
    const system = `${scenario.system}\n\nWork is kept under the name ${branch}.`;
    return { identity, model, system, tools, messages, streaming };
  }

  function toSaid(step: Step & { kind: "turn" }): Message {
    const before = history.at(-1);
    if (step.by === "person" || before?.by !== "model") return { by: "person", text: step.says };
    return { by: "tool", text: step.says, callId: before.callId, toolName: before.reply.toolCall?.name ?? "" };
  }

  function toRequest(step: Step): DemoRequest {
    const send = CLIENTS[scenario.client];
    switch (step.kind) {
      case "turn":
        return send(toCall([...history, toSaid(step)]));
      case "aside": {
        const { model, system, says } = step;
        return send({ identity, model, system, tools: [], messages: [{ by: "person", text: says }], streaming: false });
      }
      case "embed":
        return toEmbedRequest(step.model, step.inputs);
      case "models":
        return toModelsRequest(scenario.client);
      case "count":
        return toCountRequest(toCall(history));
    }
  }

  return {
    scenario,
    nextCall() {
      const step = scenario.steps[at];
      if (step === undefined) return undefined;
      return { request: toRequest(step), pauseMs: pickPause(random, step, at) };
    },
    takeAnswer(text) {
      const step = scenario.steps[at];
      at += 1;
      if (step?.kind !== "turn") return;
      history.push(toSaid(step), { by: "model", reply: step.reply, callId: findCallId(text) });
    },
  };
}

const MANNERS =
  "amber brisk calm dusky early faint gentle hollow ivory jolly keen lucid mellow nimble olive plain".split(" ");
const THINGS =
  "anchor birch cedar dune ember fjord gull heron inlet juniper kelp lantern meadow nettle otter pier".split(" ");

/** Anthropic's and OpenAI's ids of tool calls; Gemini and Ollama have none. */
function findCallId(text: string): string {
  return /\b(?:toolu|call)_\w+/.exec(text)?.[0] ?? "call_demo";
}

function pickPause(random: Random, step: Step, at: number): number {
  if (at === 0) return 0;
  if (step.kind !== "turn") return pickInteger(random, 100, 500);
  return step.by === "person" ? pickInteger(random, 900, 2400) : pickInteger(random, 200, 900);
}
