/** @module How an answer is cut into values: told from its first bytes more than from its label. */

import { parseMediaType } from "../http/headers.ts";
import { EventStreamDecoder } from "../http/eventstream.ts";
import { JsonArraySplitter, joinBytes, parseJson, parseJsonBytes } from "../http/json.ts";
import { NdjsonParser } from "../http/ndjson.ts";
import { MAX_EVENT_BYTES, SseParser } from "../http/sse.ts";
import type { AnswerSink } from "./answer-sink.ts";
import { JsonBody } from "./json-body.ts";

/** One way of cutting bytes into values. */
export interface Framing {
  readonly name: "json" | "sse" | "ndjson" | "array" | "eventstream" | "text";
  feed(bytes: Uint8Array): void;
  /** True when the bytes ended where a value ended. @param isCut bytes are missing at the end */
  end(isCut: boolean): boolean;
}

/** Enough to tell `retry:` from text. */
const SNIFF_BYTES = 8;
const EVENT_STREAM = "application/vnd.amazon.eventstream";

/** Undefined while the first bytes do not tell. @param isEnd no more bytes will come */
export function findFraming(
  start: Uint8Array,
  contentType: string | undefined,
  isEnd: boolean,
  sink: AnswerSink,
): Framing | undefined {
  const mediaType = parseMediaType(contentType);
  // Every frame under 16 MiB begins with a zero byte, which no text does.
  if (mediaType === EVENT_STREAM || start[0] === 0) return createEventStreamFraming(sink);
  const text = new TextDecoder().decode(start).trimStart();
  if (text === "") return isEnd ? createTextFraming(sink) : undefined;
  if (text.startsWith("{")) return createObjectFraming(sink);
  if (text.startsWith("[")) return createArrayFraming(sink);
  if (/^(?:data|event|id|retry)?:/.test(text)) return createSseFraming(sink);
  if (!isEnd && start.length < SNIFF_BYTES) return undefined;
  return mediaType === "text/event-stream" && !text.startsWith("<") ? createSseFraming(sink) : createTextFraming(sink);
}

/** One JSON object, or the first of many with a line each: the first line tells. */
function createObjectFraming(sink: AnswerSink): Framing {
  const body = new JsonBody(sink);
  let lines: Framing | undefined;
  let isUnsure = true;
  return {
    get name() {
      return lines?.name ?? "json";
    },
    feed(bytes) {
      if (lines !== undefined) return lines.feed(bytes);
      const lineEnd = isUnsure ? bytes.indexOf(10) : -1;
      body.feed(bytes);
      if (lineEnd === -1) return;
      isUnsure = false;
      if (body.isOverlong) return;
      const held = body.read();
      const first = parseJsonBytes(held.subarray(0, held.length - bytes.length + lineEnd));
      if (first === undefined) return;
      lines = createNdjsonFraming(sink);
      lines.feed(held);
      body.clear();
    },
    end: (isCut) => (lines === undefined ? body.end() : lines.end(isCut)),
  };
}

function createArrayFraming(sink: AnswerSink): Framing {
  const splitter = new JsonArraySplitter({
    onObject: (json) => {
      const value = parseJsonBytes(json);
      if (value === undefined) sink.onWarning("an element is no JSON");
      else sink.onValue(value, "");
    },
    onLongObject: () => sink.onWarning("an element is too long and was skipped"),
    maxObjectBytes: MAX_EVENT_BYTES,
  });
  return { name: "array", feed: (bytes) => splitter.feed(bytes), end: () => splitter.isClosed };
}

function createNdjsonFraming(sink: AnswerSink): Framing {
  let isInvalidLast = false;
  let values = 0;
  const parser = new NdjsonParser({
    onValue: (value) => {
      isInvalidLast = false;
      values += 1;
      sink.onValue(value, "");
    },
    onInvalid: () => {
      isInvalidLast = true;
    },
    onOversize: () => sink.onWarning("a line is too long and was skipped"),
  });
  return {
    // One line alone is a JSON answer that ends with a newline.
    get name() {
      return values > 1 ? "ndjson" : "json";
    },
    feed(bytes) {
      parser.feed(bytes);
      if (isInvalidLast) sink.onWarning("a line is no JSON");
      isInvalidLast = false;
    },
    end(isCut) {
      parser.end();
      if (isInvalidLast && !isCut) sink.onWarning("a line is no JSON");
      return !isInvalidLast;
    },
  };
}

function createSseFraming(sink: AnswerSink): Framing {
  let isEnding = false;
  let isCutEnd = false;
  const decoder = new TextDecoder();
  const parser = new SseParser({
    onEvent: (type, data) => {
      if (!sink.wants(type)) return;
      const text = decoder.decode(data);
      const value = parseJson(text);
      if (value !== undefined) return sink.onValue(value, type);
      // Some servers leave out the blank lines between events.
      const values = text.includes("\n") ? text.split("\n").map((line) => parseJson(line)) : [];
      const whole = values.filter((each) => each !== undefined);
      for (const each of whole) sink.onValue(each, type);
      if (whole.length === 0 && !(isEnding && isCutEnd)) sink.onText(text, type);
    },
    onStray: (text) => {
      const inner = /^error:\s*(\{[^]*)$/.exec(text)?.[1];
      const value = inner === undefined ? parseJson(text) : wrapError(parseJson(inner));
      if (value !== undefined) sink.onValue(value, "");
    },
    onOversize: () => sink.onWarning("an event is too long and was skipped"),
  });
  return {
    name: "sse",
    feed: (bytes) => parser.feed(bytes),
    end(isCut) {
      isEnding = true;
      isCutEnd = isCut;
      parser.end();
      return !isCut;
    },
  };
}

function wrapError(error: unknown): unknown {
  return error === undefined ? undefined : { error };
}

function createEventStreamFraming(sink: AnswerSink): Framing {
  const frames = new EventStreamDecoder({
    onMessage: (message) => sink.onMessage(message),
    onProblem: (problem) => sink.onWarning(`event stream: ${problem}`),
  });
  return { name: "eventstream", feed: (bytes) => frames.feed(bytes), end: () => !frames.isInFrame };
}

const MAX_TEXT_BYTES = 64 * 1024;

/** Anything else: pages, plain text, sound. Only its start is kept. */
function createTextFraming(sink: AnswerSink): Framing {
  const held: Uint8Array[] = [];
  let heldBytes = 0;
  return {
    name: "text",
    feed(bytes) {
      const room = MAX_TEXT_BYTES - heldBytes;
      if (room <= 0) return;
      held.push(bytes.slice(0, room));
      heldBytes += Math.min(room, bytes.length);
    },
    end(isCut) {
      if (heldBytes > 0) sink.onText(new TextDecoder().decode(joinBytes(held)), "");
      return !isCut;
    },
  };
}
