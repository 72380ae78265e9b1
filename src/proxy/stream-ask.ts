/** @module Whether a request asks for a stream, and whether an answer is one: limits may differ for the two kinds. */

import { parseMediaType } from "../http/headers.ts";
import type { UpstreamTimeouts } from "../provider/upstream.ts";

/** True when a limit depends on it; nothing is looked at otherwise. */
export function hasStreamLimits(timeouts: UpstreamTimeouts): boolean {
  return (
    timeouts.streamFirstByteMs !== undefined || timeouts.totalMs !== undefined || timeouts.streamTotalMs !== undefined
  );
}

export type AskFacts = {
  readonly path: string;
  readonly query: string;
  readonly accept: string | null;
  /** Undefined where it is not held. */
  readonly body: Uint8Array | undefined;
  readonly seeker: StreamSeeker | undefined;
};

/** Answers by head, address and body; a held body is looked at once, when the question comes up. */
export function createStreamAsk({ path, query, accept, body, seeker }: AskFacts): () => boolean {
  let known = isStreamAskedByHead(path, query, accept) ? true : undefined;
  return () => {
    if (known !== undefined) return known;
    if (body === undefined) return seeker?.found ?? false;
    const own = createStreamSeeker();
    own.feed(body);
    return (known = own.found);
  };
}

/** What head and address say: `accept: text/event-stream`, Gemini's and Bedrock's methods of their own. */
function isStreamAskedByHead(path: string, query: string, accept: string | null): boolean {
  return (
    (accept !== null && accept.includes("text/event-stream")) ||
    path.endsWith(":streamGenerateContent") ||
    /\/(?:invoke-with-response-stream|converse-stream)$/.test(path) ||
    query.includes("alt=sse")
  );
}

export type StreamSeeker = {
  feed(bytes: Uint8Array): void;
  /** The member `"stream": true` was seen. Inside a text its quotes are escaped, so that a prompt cannot fake it. */
  readonly found: boolean;
};

const MEMBER = /"stream"\s*:\s*true/;
const NAME = '"stream"';
/** Longest member that is recognised, spaces included. */
const OVERLAP_BYTES = 64;

/** Looks for the member in pieces as they pass. Cost: one byte search per piece. */
export function createStreamSeeker(): StreamSeeker {
  let tail = "";
  let found = false;
  return {
    get found() {
      return found;
    },
    feed(bytes) {
      if (found) return;
      const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
      const seam = tail + buffer.toString("latin1", 0, OVERLAP_BYTES);
      found = MEMBER.test(seam);
      for (let at = buffer.indexOf(NAME); !found && at !== -1; at = buffer.indexOf(NAME, at + 1)) {
        found = MEMBER.test(buffer.toString("latin1", at, at + OVERLAP_BYTES));
      }
      tail = (tail + buffer.toString("latin1", Math.max(0, buffer.length - OVERLAP_BYTES))).slice(-OVERLAP_BYTES);
    },
  };
}

const STREAM_TYPES: ReadonlySet<string> = new Set([
  "text/event-stream",
  "application/x-ndjson",
  "application/jsonl",
  "application/vnd.amazon.eventstream",
]);

/** True for media types of answers that come event by event. */
export function isStreamType(contentType: string | null): boolean {
  return STREAM_TYPES.has(parseMediaType(contentType) ?? "");
}
