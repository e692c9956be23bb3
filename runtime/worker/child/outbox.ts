import { unknownKeysDropped } from "../../activation/parameter/unknown-keys.js";
import type { EndedRun, Report } from "./messages.js";
import { COMPLETE, type RunEvents, type RunResult } from "./result.js";

// Kept because handlers may replace it, by fake timers for example.
const soon = setImmediate;

/** Collects events of runs and sends them as one report per turn of the event loop. */
export class Outbox implements RunEvents {
  readonly #send: (report: Report) => void;
  #started: number[] = [];
  #completed: number[] = [];
  #ran: number[] = [];
  #ended: EndedRun[] = [];
  #interrupted: number[] = [];
  #late: number[] = [];
  #scheduled = false;
  #unknownKeys = unknownKeysDropped();

  constructor(send: (report: Report) => void) {
    this.#send = send;
  }

  started(runs: readonly number[]): void {
    this.#started.push(...runs);
    this.#schedule();
  }

  ended(run: number, result: RunResult, stillRunning: boolean, ran: number): void {
    if (result === COMPLETE && !stillRunning) {
      this.#completed.push(run);
      this.#ran.push(ran);
    } else this.#ended.push({ run, result: ran === 0 ? result : { ...result, ran }, stillRunning });
    this.#schedule();
  }

  interrupted(run: number): void {
    this.#interrupted.push(run);
    this.#schedule();
  }

  late(run: number): void {
    this.#late.push(run);
    this.#schedule();
  }

  /** Sends what was collected, now. */
  flush(): void {
    this.#scheduled = false;
    const report: Report = {
      started: this.#started,
      completed: this.#completed,
      ran: this.#ran,
      ended: this.#ended,
      interrupted: this.#interrupted,
      late: this.#late,
    };
    if (Object.values(report).every((list) => list.length === 0)) return;
    const unknownKeys = unknownKeysDropped() - this.#unknownKeys;
    this.#unknownKeys += unknownKeys;
    this.#started = [];
    this.#completed = [];
    this.#ran = [];
    this.#ended = [];
    this.#interrupted = [];
    this.#late = [];
    this.#send(unknownKeys === 0 ? report : { ...report, unknownKeys });
  }

  #schedule(): void {
    if (this.#scheduled) return;
    this.#scheduled = true;
    soon(() => {
      if (this.#scheduled) this.flush();
    });
  }
}
