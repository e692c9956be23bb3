import { openSync, readSync } from "node:fs";
import { uptime } from "node:os";

/** The two times that the runtime uses, in milliseconds since the epoch. Neither runs backwards. */
export interface Clock {
  /**
   * Measures durations: deadlines of runs, claims, waits. It passes evenly, whatever happens to the system time, and
   * stands still while the machine sleeps. It began at the system time.
   */
  now(): number;
  /** Decides what is due: delays, expiries, schedules, how long ids are kept. It follows the system time. */
  wall(): number;
  /**
   * Calls `run` once after `delay` milliseconds of now(); returns a function that cancels it. Does not keep the process
   * alive. A caller that waits for a time of wall() has to check wall() again.
   */
  after(delay: number, run: () => void): () => void;
}

/** The times that a clock is made from, milliseconds. */
interface TimeSources {
  /** The system time; may be set at any time. */
  wall(): number;
  /** Never runs backwards, and stands still while the machine sleeps. */
  monotonic(): number;
  /** Passes while the machine sleeps, too. */
  uptime(): number;
}

/** The clock was set forward to the system time. Times are milliseconds. */
export interface Correction {
  /** wall() after it. */
  readonly at: number;
  readonly by: number;
  /** The machine slept; otherwise the system time had been ahead for a minute. */
  readonly slept: boolean;
}

export type ClockEvent =
  | ({ readonly kind: "corrected" } & Correction)
  /** The system time has been behind by `skew` milliseconds (negative) for a minute: the clock slows down until they agree. */
  | { readonly kind: "slewing"; readonly skew: number }
  | { readonly kind: "in-step" };

export interface SystemClock extends Clock {
  /** Milliseconds by which the system time is ahead of the clock. */
  skew(): number;
  /** The last correction; undefined when there was none. */
  readonly corrected: Correction | undefined;
  /** Checks the system time every second and reports corrections; returns a function that ends that. */
  follow(listener: (event: ClockEvent) => void): () => void;
}

/** A difference up to here is ignored. */
const TOLERANCE_MS = 1000;
/** How long the system time has to differ, always to the same side, before the clock follows. */
const PATIENCE_MS = 60_000;
/** A shorter sleep cannot be distinguished from the time that reading the sources takes; some uptimes count whole seconds. */
const SHORTEST_SLEEP_MS = 2000;
/** The share by which the clock runs slower. */
const SLEW = 0.1;
/** Slewing ends at this difference. */
const IN_STEP_MS = 1;
const CHECK_EVERY_MS = 1000;

/**
 * `now` is monotonic; `wall` is `now` plus a lead. It is set forward to the system time at once when the machine slept, and
 * when the system time has been ahead by more than a second for a minute. When the system time has been behind for a
 * minute, `wall` runs a tenth slower until they agree.
 * Exported for tests.
 */
export class SteadyClock {
  readonly #sources: TimeSources;
  readonly #onEvent: (event: ClockEvent) => void;
  /** now() - monotonic. */
  readonly #origin: number;
  /** wall() - now() when monotonic was #leadAt; since then #behind milliseconds are being slewed away. */
  #lead = 0;
  #leadAt: number;
  #behind = 0;
  #checkedAt: number;
  #uptime: number;
  #skew = 0;
  /** Since when the system time is off to the same side, by `monotonic`. */
  #offSince: number | undefined;
  #corrected: Correction | undefined;

  constructor(sources: TimeSources, onEvent: (event: ClockEvent) => void = () => {}) {
    this.#sources = sources;
    this.#onEvent = onEvent;
    const monotonic = sources.monotonic();
    this.#origin = sources.wall() - monotonic;
    this.#leadAt = monotonic;
    this.#checkedAt = monotonic;
    this.#uptime = sources.uptime();
  }

  now(): number {
    return this.#origin + this.#sources.monotonic();
  }

  wall(): number {
    const monotonic = this.#sources.monotonic();
    if (monotonic - this.#checkedAt >= CHECK_EVERY_MS) this.#check(monotonic);
    return this.#wallAt(monotonic);
  }

  skew(): number {
    this.#check(this.#sources.monotonic());
    return this.#skew;
  }

  get corrected(): Correction | undefined {
    return this.#corrected;
  }

  #wallAt(monotonic: number): number {
    return this.#origin + monotonic + this.#lead - Math.min((monotonic - this.#leadAt) * SLEW, this.#behind);
  }

  #check(monotonic: number): void {
    const before = this.#skew;
    const uptime = this.#sources.uptime();
    const slept = uptime - this.#uptime - (monotonic - this.#checkedAt);
    this.#uptime = uptime;
    this.#checkedAt = monotonic;
    this.#skew = this.#sources.wall() - this.#wallAt(monotonic);
    if (slept >= SHORTEST_SLEEP_MS && this.#skew > TOLERANCE_MS) {
      // What the system time is ahead beyond the sleep is a step like any other.
      this.#correct(monotonic, Math.min(this.#skew, slept), true);
    } else if (this.#behind > 0) this.#slew(monotonic);
    else if (Math.abs(this.#skew) <= TOLERANCE_MS) this.#offSince = undefined;
    else if (this.#offSince === undefined || Math.sign(before) !== Math.sign(this.#skew)) this.#offSince = monotonic;
    else if (monotonic - this.#offSince >= PATIENCE_MS) {
      if (this.#skew > 0) this.#correct(monotonic, this.#skew, false);
      else {
        this.#setLead(monotonic, -this.#skew);
        this.#onEvent({ kind: "slewing", skew: this.#skew });
      }
    }
  }

  #correct(monotonic: number, by: number, slept: boolean): void {
    this.#setLead(monotonic, 0);
    this.#lead += by;
    this.#skew -= by;
    this.#corrected = { at: this.#wallAt(monotonic), by, slept };
    this.#onEvent({ kind: "corrected", ...this.#corrected });
  }

  #slew(monotonic: number): void {
    const behind = this.#skew >= -IN_STEP_MS ? 0 : -this.#skew;
    this.#setLead(monotonic, behind);
    if (behind > 0) return;
    if (this.#skew > TOLERANCE_MS) this.#offSince = monotonic;
    this.#onEvent({ kind: "in-step" });
  }

  /** From here on `behind` milliseconds are slewed away. */
  #setLead(monotonic: number, behind: number): void {
    this.#lead = this.#wallAt(monotonic) - monotonic - this.#origin;
    this.#leadAt = monotonic;
    this.#behind = behind;
    this.#offSince = undefined;
  }
}

// The functions as they are at the start of the process: handlers may leave fake timers and dates behind.
const { clearInterval, clearTimeout, setInterval, setTimeout } = globalThis;
const wall = Date.now;
const monotonic = performance.now.bind(performance);

/** Longest delay that Node's timers take; a longer one would fire at once. */
const LONGEST_TIMER_MS = 2 ** 31 - 1;

/** Timers of this process, for code that measures no time. */
export const TIMERS: Pick<Clock, "after"> = {
  after(delay, run) {
    const timer = setTimeout(run, Math.min(Math.max(delay, 0), LONGEST_TIMER_MS));
    timer.unref();
    return () => clearTimeout(timer);
  },
};

/** The clock of this process. */
export function systemClock(): SystemClock {
  const listeners = new Set<(event: ClockEvent) => void>();
  const clock = new SteadyClock({ wall, monotonic, uptime: uptimeOfMachine() }, (event) => {
    for (const listener of listeners) listener(event);
  });
  return {
    now: () => clock.now(),
    wall: () => clock.wall(),
    skew: () => clock.skew(),
    get corrected() {
      return clock.corrected;
    },
    ...TIMERS,
    follow(listener) {
      listeners.add(listener);
      const timer = setInterval(() => clock.wall(), CHECK_EVERY_MS);
      timer.unref();
      return () => {
        listeners.delete(listener);
        clearInterval(timer);
      };
    },
  };
}

/** On Linux CLOCK_BOOTTIME, in hundredths of a second. Without it a sleep cannot be distinguished from a step of the system time. */
function uptimeOfMachine(): () => number {
  for (const open of [procUptime, () => () => uptime() * 1000]) {
    try {
      const source = open();
      if (Number.isFinite(source())) return lasting(source);
    } catch {
      // The system, or the container, does not have this source.
    }
  }
  return monotonic;
}

/** The file stays open, so that a process without free file descriptors can still read it. */
function procUptime(): () => number {
  const file = openSync("/proc/uptime", "r");
  const bytes = Buffer.alloc(64);
  return () => Number.parseFloat(bytes.toString("latin1", 0, readSync(file, bytes, 0, bytes.length, 0))) * 1000;
}

/** When the source cannot be read, time has passed as by the monotonic clock: no sleep is assumed. */
function lasting(source: () => number): () => number {
  let last = { at: monotonic(), uptime: source() };
  return () => {
    const at = monotonic();
    let now: number;
    try {
      now = source();
    } catch {
      now = Number.NaN;
    }
    last = { at, uptime: Number.isFinite(now) ? now : last.uptime + at - last.at };
    return last.uptime;
  };
}
