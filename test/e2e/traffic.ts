/** @module A steady load of calls whose answers are known, to be run while something else happens to the program. */

import { sha256 } from "../support/bytes.ts";
import { sse, sseText, type Step } from "../support/step.ts";
import { chatAnswer, chatEvents } from "./answers.ts";
import type { Stage } from "./stage.ts";

export type Outcome = { readonly sent: number; readonly wrong: readonly string[] };

const PATH = "/v1/chat/completions";

/** Every call gets an answer of its own, told by its number: even ones plain, odd ones streamed. */
export function scriptTraffic(stage: Stage): void {
  stage.upstream.on(`POST ${PATH}`, ({ request }) => answerTo(Number(request.header("x-number"))));
}

const deltasOf = (number: number) => Array.from({ length: 8 }, (_, i) => ({ content: `piece ${number}.${i} ` }));

function answerTo(number: number): Step[] {
  const counts = { input: number, output: 1 };
  if (number % 2 === 0) return chatAnswer({ content: `answer ${number}` }, counts);
  return sse(chatEvents(deltasOf(number), counts), { paceMs: 2 });
}

/** One call; answers what was wrong with it. */
async function call(stage: Stage, number: number): Promise<string | undefined> {
  const stream = number % 2 === 1;
  try {
    const answer = await fetch(`${stage.url}/openai${PATH}`, {
      method: "POST",
      headers: { "content-type": "application/json", "x-number": String(number) },
      body: JSON.stringify({ model: "m", stream, stream_options: { include_usage: true } }),
    });
    const text = await answer.text();
    if (answer.status !== 200) return `${number}: status ${answer.status} ${text}`;
    if (!stream) return text.includes(`"answer ${number}"`) ? undefined : `${number}: ${text}`;
    const expected = chatEvents(deltasOf(number), { input: number, output: 1 }).map(sseText).join("");
    return sha256(Buffer.from(text)) === sha256(Buffer.from(expected)) ? undefined : `${number}: another stream`;
  } catch (failure) {
    return `${number}: ${String(failure)}`;
  }
}

/** Keeps `atOnce` calls running until `work` is done; numbers count up from `first`. */
export async function withTraffic(
  stage: Stage,
  options: { readonly atOnce: number; readonly first: number },
  work: () => Promise<void>,
): Promise<Outcome> {
  let next = options.first;
  const over = new AbortController();
  const wrong: string[] = [];
  const client = async (): Promise<void> => {
    while (!over.signal.aborted) {
      const failure = await call(stage, next++);
      if (failure !== undefined) wrong.push(failure);
      // Steady, not flat out: other tests share the machine.
      await Bun.sleep(25);
    }
  };
  const clients = Promise.all(Array.from({ length: options.atOnce }, client));
  try {
    await work();
  } finally {
    over.abort();
    await clients;
  }
  return { sent: next - options.first, wrong };
}
