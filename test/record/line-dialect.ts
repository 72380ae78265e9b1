/** @module A wire format of the tests' own: one JSON object, or events with text and usage; its readers can be asked what they were fed. */

import type { Dialect, ReadContext, Reader } from "../../src/dialect/dialect.ts";

type Message = { model?: string; text?: string; in?: number; out?: number; done?: boolean; error?: string };

export type LineDialect = Dialect & {
  /** All bytes each reader got, as text, in the order the readers were made. */
  readonly fed: string[];
  readonly contexts: ReadContext[];
};

/** Answers of `/lines…` are read; `/lines/throws` has readers that throw. */
export function createLineDialect(): LineDialect {
  const fed: string[] = [];
  const contexts: ReadContext[] = [];
  return {
    id: "lines",
    fed,
    contexts,
    matches: (context) => context.path.startsWith("/lines"),
    kind: (context) => (context.method === "POST" ? "generation" : "other"),
    isStreaming: (context) => (context.requestBody as { stream?: boolean } | undefined)?.stream === true,
    createReader(context) {
      contexts.push(context);
      const index = fed.push("") - 1;
      return createReader(context, (text) => {
        fed[index] = `${fed[index]}${text}`;
        return fed[index];
      });
    },
  };
}

function createReader(context: ReadContext, append: (text: string) => string): Reader {
  const requestModel = (context.requestBody as { model?: string } | undefined)?.model;
  const decoder = new TextDecoder();
  let text = append("");
  return {
    feed(bytes) {
      if (context.path.includes("throws")) throw new Error("this reader always throws");
      text = append(decoder.decode(bytes, { stream: true }));
    },
    get hasOutput() {
      return text.includes('"text"');
    },
    end({ truncated }) {
      const warnings: string[] = [];
      const messages = text
        .split(/(?:\r?\n){1,2}/)
        .map((line) => line.replace(/^data: ?/, ""))
        .filter((line) => line !== "")
        .flatMap((line): Message[] => {
          try {
            return [JSON.parse(line) as Message];
          } catch {
            warnings.push("bad_line");
            return [];
          }
        });
      const all = Object.assign({}, ...messages) as Message;
      const hasUsage = all.in !== undefined || all.out !== undefined;
      const isFinal = all.done === true;
      return {
        ...(requestModel === undefined ? {} : { requestModel }),
        ...((all.model ?? requestModel) === undefined ? {} : { model: all.model ?? requestModel }),
        ...(hasUsage
          ? {
              usage: {
                ...(all.in === undefined ? {} : { inputTokens: all.in }),
                ...(all.out === undefined ? {} : { outputTokens: all.out }),
              },
            }
          : {}),
        usageSource: hasUsage ? (truncated && !isFinal ? "partial" : "reported") : "none",
        extraUsage: [],
        billable: true,
        complete: isFinal,
        warnings,
        ...(all.error === undefined ? {} : { error: { type: all.error, message: `it was ${all.error}` } }),
      } as ReturnType<Reader["end"]>;
    },
  };
}
