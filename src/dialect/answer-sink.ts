/** @module Where the values of an answer go once its framing has cut them out. */

import type { EventStreamMessage } from "../http/eventstream.ts";

/** Where the values of an answer go. */
export type AnswerSink = {
  /** False for events of this name that need not be parsed. */
  readonly wants: (event: string) => boolean;
  /** A whole JSON value: the body, an event, a line. */
  readonly onValue: (value: unknown, event: string) => void;
  /** Event data or a body that is no JSON. */
  readonly onText: (text: string, event: string) => void;
  readonly onMessage: (message: EventStreamMessage) => void;
  /** What is left of a JSON body that is broken or too long to hold. */
  readonly onBrokenJson: (head: string, tail: string) => void;
  readonly onWarning: (warning: string) => void;
};
