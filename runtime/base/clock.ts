import { openSync, readSync } from "node:fs";
import { uptime } from "node:os";

/** The two times that everything inside goes by, in milliseconds since the epoch. Neither runs backwards. */
export interface Clock {
  /**
   * By which it is measured what lasts: deadlines of runs, claims, holds. It passes evenly, whatever the wall does, and
   * stands still while the machine sleeps. It began as the wall's time.
   */
  now(): number;
  /** By which it is decided what is due: delays, expiries, schedules, how long ids are kept. It follows the wall. */
  wall(): number;
  /**
   * Calls `run` once after `delay` milliseconds of now(); returns what cancels it. Never keeps the process alive by
   * itself. Whoever waits for a moment of the wall looks at wall() again.
   */
  after(delay: number, run: () => void): () => void;
}

/** Where a clock has its times from, milliseconds. */
interface TimeSources {
  /** May be set at any time. */
  wall(): number;
  /** Never runs backwards, and stands still while the machine sleeps. */
  monotonic(): number;
  /** Passes also while the machine sleeps. */
  uptime(): number;
}

/** The clock was set forward at once, to the wall. Times are milliseconds. */
export interface Correction {
  /** By the wall, after it. */
  readonly at: number;
  readonly by: number;
  /** The machine slept; otherwise the wall had been ahead for a minute. */
  readonly slept: boolean;
}

export type ClockNote =
  | ({ readonly kind: "corrected" } & Correction)
  /** The wall has been behind by `skew` milliseconds (negative) for a minute: the clock goes slower until it agrees. */
  | { readonly kind: "slewing"; readonly skew: number }
  | { readonly kind: "in-step" };

export interface SystemClock extends Clock {
  /** Milliseconds by which the wall is ahead of the clock. */
  skew(): number;
  /** The last time that it was set forward; undefined: never. */
  readonly corrected: Correction | undefined;
  /** Looks at the wall every second and says what it does about it; returns what ends that. */
  follow(note: (note: ClockNote) => void): () => void;
}

/** A difference up to here is let be. */
const TOLERANCE_MS = 1000;
/** The wall has to differ for so long, always to the same side, before the clock follows. */
const PATIENCE_MS = 60_000;
/** A sleep that is shorter is not told from what reading the sources takes; some uptimes count whole seconds. */
const SHORTEST_SLEEP_MS = 2000;
const SLEW = 0.1;
/** Slewing ends at this difference. */
const IN_STEP_MS = 1;
const LOOK_EVERY_MS = 1000;

/**
 * `now` is monotonic. `wall` is now, and a lead over it. It is set forward to the wall at once when the machine slept,
 * and when the wall has been ahead by more than a second for a minute. A wall that is behind for a minute is waited for: it
 * runs a tenth slower until they agree.
 */
export class SteadyClock {
  readonly #sources: TimeSources;
  readonly #note: (note: ClockNote) => void;
  /** now() - monotonic. */
  readonly #origin: number;
  /** wall() - now() when monotonic was #leadAt; since then #behind is being lost, 0 when nothing is. */
  #lead = 0;
  #leadAt: number;
  #behind = 0;
  #lookedAt: number;
  #uptime: number;
  #skew = 0;
  /** Since when the wall is off to the side of the last look, by `monotonic`. */
  #offSince: number | undefined;
  #corrected: Correction | undefined;

  constructor(sources: TimeSources, note: (note: ClockNote) => void = () => {}) {
    this.#sources = sources;
    this.#note = note;
    const monotonic = sources.monotonic();
    this.#origin = sources.wall() - monotonic;
    this.#leadAt = monotonic;
    this.#lookedAt = monotonic;
    this.#uptime = sources.uptime();
  }

  now(): number {
    return this.#origin + this.#sources.monotonic();
  }

  wall(): number {
    const monotonic = this.#sources.monotonic();
    if (monotonic - this.#lookedAt >= LOOK_EVERY_MS) this.#look(monotonic);
    return this.#wallAt(monotonic);
  }

  skew(): number {
    this.#look(this.#sources.monotonic());
    return this.#skew;
  }

  get corrected(): Correction | undefined {
    return this.#corrected;
  }

  #wallAt(monotonic: number): number {
    return this.#origin + monotonic + this.#lead - Math.min((monotonic - this.#leadAt) * SLEW, this.#behind);
  }

  #look(monotonic: number): void {
    const before = this.#skew;
    const uptime = this.#sources.uptime();
    const slept = uptime - this.#uptime - (monotonic - this.#lookedAt);
    this.#uptime = uptime;
    this.#lookedAt = monotonic;
    this.#skew = this.#sources.wall() - this.#wallAt(monotonic);
    if (slept >= SHORTEST_SLEEP_MS && this.#skew > TOLERANCE_MS) {
      // What the wall is ahead beyond the sleep is a step like any other.
      this.#correct(monotonic, Math.min(this.#skew, slept), true);
    } else if (this.#behind > 0) this.#slew(monotonic);
    else if (Math.abs(this.#skew) <= TOLERANCE_MS) this.#offSince = undefined;
    else if (this.#offSince === undefined || Math.sign(before) !== Math.sign(this.#skew)) this.#offSince = monotonic;
    else if (monotonic - this.#offSince >= PATIENCE_MS) {
      if (this.#skew > 0) this.#correct(monotonic, this.#skew, false);
      else {
        this.#setLead(monotonic, -this.#skew);
        this.#note({ kind: "slewing", skew: this.#skew });
      }
    }
  }

  #correct(monotonic: number, by: number, slept: boolean): void {
    this.#setLead(monotonic, 0);
    this.#lead += by;
    this.#skew -= by;
    this.#corrected = { at: this.#wallAt(monotonic), by, slept };
    this.#note({ kind: "corrected", ...this.#corrected });
  }

  #slew(monotonic: number): void {
    const behind = this.#skew >= -IN_STEP_MS ? 0 : -this.#skew;
    this.#setLead(monotonic, behind);
    if (behind > 0) return;
    if (this.#skew > TOLERANCE_MS) this.#offSince = monotonic;
    this.#note({ kind: "in-step" });
  }

  /** From here on `behind` milliseconds are to be lost. */
  #setLead(monotonic: number, behind: number): void {
    this.#lead = this.#wallAt(monotonic) - monotonic - this.#origin;
    this.#leadAt = monotonic;
    this.#behind = behind;
    this.#offSince = undefined;
  }
}

// Handlers may leave fake timers and dates behind in their process: those of its start are used.
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
  const listeners = new Set<(note: ClockNote) => void>();
  const clock = new SteadyClock({ wall, monotonic, uptime: uptimeOfMachine() }, (note) => {
    for (const listener of listeners) listener(note);
  });
  return {
    now: () => clock.now(),
    wall: () => clock.wall(),
    skew: () => clock.skew(),
    get corrected() {
      return clock.corrected;
    },
    ...TIMERS,
    follow(note) {
      listeners.add(note);
      const timer = setInterval(() => clock.wall(), LOOK_EVERY_MS);
      timer.unref();
      return () => {
        listeners.delete(note);
        clearInterval(timer);
      };
    },
  };
}

/** On Linux CLOCK_BOOTTIME, in hundredths of a second. Where there is none, a sleep is not told from a step of the wall. */
function uptimeOfMachine(): () => number {
  for (const open of [procUptime, () => () => uptime() * 1000]) {
    try {
      const source = open();
      if (Number.isFinite(source())) return lasting(source);
    } catch {
      // Another system, or a container that does not show it: the next source.
    }
  }
  return monotonic;
}

/** The file stays open, so that a process without free descriptors can still read its time. */
function procUptime(): () => number {
  const file = openSync("/proc/uptime", "r");
  const bytes = Buffer.alloc(64);
  return () => Number.parseFloat(bytes.toString("latin1", 0, readSync(file, bytes, 0, bytes.length, 0))) * 1000;
}

/** A source that cannot be read for once gives no sleep: time has passed as by the monotonic clock. */
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
