import { Backoff } from "../../base/backoff.js";
import type { Clock } from "../../base/clock.js";
import type { Logger } from "../../base/logger.js";

const FIRST_WAIT_MS = 100;
const LONGEST_WAIT_MS = 5000;
/** This many deaths in a row, without a run that ended between them, are a loop. */
const LOOP_DEATHS = 5;

/** A place whose children keep crashing. */
export interface CrashLoopState {
  /** Children that ended in a row. */
  readonly deaths: number;
  /** How the last one ended. */
  readonly cause: string;
  /** When the first of them ended, by the worker's clock. */
  readonly since: number;
}

/**
 * Deaths of the children of one place: each start waits longer than the one before, 100 ms to 5 s, until a child shows
 * that it can do its work. A loop is logged when it is detected and when it is over.
 */
export class CrashLoop {
  readonly #clock: Clock;
  readonly #log: Logger;
  readonly #backoff = new Backoff(FIRST_WAIT_MS, LONGEST_WAIT_MS);
  #deaths = 0;
  #since = 0;
  #cause = "";

  constructor(clock: Clock, log: Logger) {
    this.#clock = clock;
    this.#log = log;
  }

  get state(): CrashLoopState | undefined {
    if (this.#deaths < LOOP_DEATHS) return undefined;
    return { deaths: this.#deaths, cause: this.#cause, since: this.#since };
  }

  /** A child ended by itself. Returns how long to wait before the next one starts, milliseconds. */
  died(child: string, cause: string): number {
    if (this.#deaths === 0) this.#since = this.#clock.now();
    this.#deaths += 1;
    this.#cause = cause;
    const wait = this.#backoff.next();
    const inMs = Math.round(wait);
    if (this.#deaths < LOOP_DEATHS) this.#log.error("a child ended; restarting it", { child, how: cause, inMs });
    if (this.#deaths === LOOP_DEATHS) {
      this.#log.error(
        `crash loop: ${LOOP_DEATHS} children in a row ended without finishing a run; restarting at most every ${LONGEST_WAIT_MS / 1000} s, further crashes are not logged; see why the last one ended`,
        { deaths: this.#deaths, last: cause, child, inMs },
      );
    }
    return wait;
  }

  /** A child finished a run or stayed up. */
  progressed(): void {
    if (this.#deaths === 0) return;
    if (this.state !== undefined) this.#log.info("the crash loop is over", { deaths: this.#deaths });
    this.#deaths = 0;
    this.#backoff.reset();
  }
}
