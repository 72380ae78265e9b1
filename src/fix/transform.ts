/** @module An answer's bytes through one fix: cut into what the fix looks at, with the originals at hand until it has decided. */

import { joinBytes, parseJsonBytes } from "../http/json.ts";
import { EventCutter, toFixEvent } from "./event.ts";
import type { FixReport, FixRun } from "./fix.ts";

export type Transform = {
  /** What of the answer the client may see now; may be empty. */
  feed(bytes: Uint8Array): Uint8Array;
  /** What was held. @param isCut the answer broke off: nothing that is held is changed any more */
  end(isCut: boolean): Uint8Array;
};

/** Most that is held of one answer; beyond it the original bytes pass. */
export const MAX_HELD_BYTES = 8 * 1024 * 1024;

export type TransformOptions = {
  readonly run: FixRun;
  readonly report: FixReport;
  readonly maxHeldBytes?: number;
};

/** A fix that throws, or whose answer grows too long, is out of the way from then on: the client gets the original bytes. */
abstract class GuardedTransform implements Transform {
  protected readonly report: FixReport;
  protected readonly maxHeldBytes: number;
  /** Undefined once the fix has nothing more to say. */
  protected run: FixRun | undefined;
  protected held: Uint8Array[] = [];
  protected heldBytes = 0;

  constructor({ run, report, maxHeldBytes }: TransformOptions) {
    this.run = run;
    this.report = report;
    this.maxHeldBytes = maxHeldBytes ?? MAX_HELD_BYTES;
  }

  abstract feed(bytes: Uint8Array): Uint8Array;
  abstract end(isCut: boolean): Uint8Array;

  protected hold(bytes: Uint8Array): void {
    this.held.push(bytes);
    this.heldBytes += bytes.length;
  }

  protected takeHeld(): Uint8Array[] {
    const { held } = this;
    this.held = [];
    this.heldBytes = 0;
    return held;
  }

  protected giveUp(why: string): void {
    this.run = undefined;
    this.report.warn(why);
  }

  protected guard<Result>(step: (run: FixRun) => Result): Result | undefined {
    if (this.run === undefined) return undefined;
    try {
      return step(this.run);
    } catch (failure) {
      this.giveUp(`the fix failed: ${failure instanceof Error ? failure.name : typeof failure}`);
      return undefined;
    }
  }
}

/** A JSON answer: held until it is whole. */
export class BodyTransform extends GuardedTransform {
  feed(bytes: Uint8Array): Uint8Array {
    if (this.run === undefined) return bytes;
    this.hold(bytes);
    if (this.heldBytes <= this.maxHeldBytes) return EMPTY;
    this.giveUp(`the answer is longer than ${this.maxHeldBytes} bytes`);
    return joinBytes(this.takeHeld());
  }

  end(isCut: boolean): Uint8Array {
    const original = joinBytes(this.takeHeld());
    if (isCut || original.length === 0) return original;
    const answer = parseJsonBytes(original);
    if (typeof answer !== "object" || answer === null) {
      if (this.run !== undefined) this.giveUp("the answer is no JSON object");
      return original;
    }
    const changed = this.guard((run) => run.body(answer));
    return changed === undefined ? original : encoder.encode(JSON.stringify(changed));
  }
}

/** A stream of events: one is held until its blank line, and for as long as the fix says. */
export class EventTransform extends GuardedTransform {
  readonly #cutter = new EventCutter();

  feed(bytes: Uint8Array): Uint8Array {
    if (this.run === undefined) return bytes;
    const visible: Uint8Array[] = [];
    for (const event of this.#cutter.push(bytes)) this.#take(event, visible);
    if (this.heldBytes + this.#cutter.heldBytes > this.maxHeldBytes) {
      this.giveUp(`more than ${this.maxHeldBytes} bytes would have to be held`);
    }
    if (this.run === undefined) visible.push(...this.takeHeld(), this.#cutter.takeRest());
    return joinBytes(visible);
  }

  end(isCut: boolean): Uint8Array {
    if (!isCut) this.guard((run) => run.end());
    return joinBytes([...this.takeHeld(), this.#cutter.takeRest()]);
  }

  #take(bytes: Uint8Array, visible: Uint8Array[]): void {
    const verdict = this.guard((run) => run.event(toFixEvent(bytes))) ?? "pass";
    if (verdict === "hold") {
      this.hold(bytes);
      return;
    }
    const held = this.takeHeld();
    if (verdict === "pass") visible.push(...held, bytes);
    else visible.push(...verdict.replace);
  }
}

const EMPTY = new Uint8Array(0);
const encoder = new TextEncoder();
