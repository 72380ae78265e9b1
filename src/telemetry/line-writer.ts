/** @module Writes log lines to a stream that may stand still, without ever waiting for it. */

/** The part of `process.stderr` that is used. `write` answers false when the reader does not keep up. */
export interface LineStream {
  write(text: string): boolean;
  on(event: "drain" | "error", listener: () => void): unknown;
}

const MAX_WAITING_CHARACTERS = 1024 * 1024;

/**
 * Lines go out at once; behind a reader that stands still up to 1 MiB waits here, and what comes after it is counted
 * and told when the reader is back. A reader that is gone is no fault of the program.
 */
export function createLineWriter(stream: LineStream): (line: string) => void {
  const waiting: string[] = [];
  let waitingCharacters = 0;
  let dropped = 0;
  let isBlocked = false;
  let isGone = false;

  stream.on("error", () => {
    isGone = true;
    waiting.length = 0;
  });
  stream.on("drain", () => {
    isBlocked = false;
    while (!isBlocked) {
      const line = waiting.shift();
      if (line === undefined) break;
      waitingCharacters -= line.length;
      isBlocked = !stream.write(line);
    }
    if (isBlocked || dropped === 0) return;
    const told = dropped;
    dropped = 0;
    isBlocked = !stream.write(
      `${JSON.stringify({ level: "warn", message: "log lines were dropped", dropped: told })}\n`,
    );
  });

  return (line) => {
    if (isGone) return;
    if (!isBlocked) isBlocked = !stream.write(line);
    else if (waitingCharacters + line.length > MAX_WAITING_CHARACTERS) dropped += 1;
    else {
      waiting.push(line);
      waitingCharacters += line.length;
    }
  };
}
