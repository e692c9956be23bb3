import type { Clock } from "../../base/clock.js";
import { pause } from "./pause.js";

/** The share of the time that slices may take while the broker has other work. */
const SHARE = 0.5;
/** The broker has other work when it takes in and hands out this many activations in a millisecond. */
const BUSY = 1;
/** A slice takes as long as the quickest of the last ones: the others waited for the disk or for a processor, too. */
const COMPARED = 8;
/** Longest pause after one slice, milliseconds. */
const LONGEST_PAUSE_MS = 250;

/** Activations taken in from the log, and claims handed out. */
interface Work {
  readonly taken: number;
  readonly handedOut: number;
}

/**
 * Lets bulk work run beside the broker's other work: slices follow each other at once while there is little of that, and
 * with pauses while there is much. Jobs that run at the same time have one pace.
 */
export class Pace {
  readonly #clock: Clock;
  readonly #work: () => Work;
  /** How long the last slices took, milliseconds. */
  readonly #took: number[] = [];
  /** What was done until the last slice ended, and when that was. */
  #last: { readonly work: number; readonly at: number };
  /** The slices until now have their share of the time until then. */
  #paidAt = 0;

  constructor(clock: Clock, work: () => Work) {
    this.#clock = clock;
    this.#work = work;
    this.#last = { work: this.#done(), at: clock.now() };
  }

  /** Carries out a slice, and resolves after the pause that is due, or when the signal aborts. */
  async slice<T>(signal: AbortSignal, run: () => Promise<T>): Promise<T> {
    const began = this.#clock.now();
    const result = await run();
    const { now, busy } = this.#look();
    this.#took.push(now - began);
    if (this.#took.length > COMPARED) this.#took.shift();
    const due = Math.max(this.#paidAt, began) + Math.min(...this.#took) / SHARE;
    this.#paidAt = busy ? Math.min(due, now + LONGEST_PAUSE_MS) : now;
    if (this.#paidAt > now) await pause(this.#clock, this.#paidAt, signal);
    return result;
  }

  #look(): { readonly now: number; readonly busy: boolean } {
    const now = this.#clock.now();
    const work = this.#done();
    const busy = work - this.#last.work >= (now - this.#last.at) * BUSY;
    this.#last = { work, at: now };
    return { now, busy };
  }

  #done(): number {
    const { taken, handedOut } = this.#work();
    return taken + handedOut;
  }
}
