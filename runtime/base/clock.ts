/** Time as everything inside sees it: milliseconds since the epoch that never run backwards. */
export interface Clock {
  now(): number;
  /**
   * Calls `run` once after `delay` milliseconds; returns what cancels it. Never keeps the process alive by itself. While
   * the clock slews, the moment by now() may be up to a tenth off: whoever waits for a moment looks at now() again.
   */
  after(delay: number, run: () => void): () => void;
}

/** Where a clock has its time from, milliseconds. `monotonic` never runs backwards; the wall may be set at any time. */
export interface TimeSources {
  wall(): number;
  monotonic(): number;
}

export type ClockNote =
  /** The wall has differed by `skew` milliseconds (positive: the wall is ahead) for a minute. */
  { readonly kind: "slewing"; readonly skew: number } | { readonly kind: "in-step" };

export interface SystemClock extends Clock {
  /** Milliseconds by which the wall is ahead of the clock. */
  skew(): number;
}

/** A difference up to here is let be. */
const TOLERANCE_MS = 1000;
/** So long the wall has to differ, always to the same side, before the clock follows. */
const PATIENCE_MS = 60_000;
const LARGEST_SLEW = 0.1;
/** Slewing ends at this difference. */
const IN_STEP_MS = 1;
const LOOK_EVERY_MS = 1000;

/**
 * Set from the wall when created, then monotonic: a step of the wall moves no deadline. When wall and clock differ by
 * more than 1 s for a minute, the clock runs up to 10 % faster or slower until they agree. It never jumps.
 */
export class SteadyClock {
  readonly #sources: TimeSources;
  readonly #note: (note: ClockNote) => void;
  /** The time was #setTo when `monotonic` was #setAt; since then #behind is being made up, 0 when nothing is. */
  #setTo: number;
  #setAt: number;
  #behind = 0;
  #lookedAt: number;
  #skew = 0;
  /** Since when the wall is off to the side of the last look, by `monotonic`. */
  #offSince: number | undefined;

  constructor(sources: TimeSources, note: (note: ClockNote) => void = () => {}) {
    this.#sources = sources;
    this.#note = note;
    this.#setTo = sources.wall();
    this.#setAt = sources.monotonic();
    this.#lookedAt = this.#setAt;
  }

  now(): number {
    const monotonic = this.#sources.monotonic();
    if (monotonic - this.#lookedAt >= LOOK_EVERY_MS) this.#look(monotonic);
    return this.#at(monotonic);
  }

  skew(): number {
    this.#look(this.#sources.monotonic());
    return this.#skew;
  }

  #at(monotonic: number): number {
    const passed = monotonic - this.#setAt;
    return this.#setTo + passed + Math.sign(this.#behind) * Math.min(passed * LARGEST_SLEW, Math.abs(this.#behind));
  }

  #look(monotonic: number): void {
    const before = this.#skew;
    const now = this.#at(monotonic);
    const skew = this.#sources.wall() - now;
    this.#lookedAt = monotonic;
    this.#skew = skew;
    if (this.#behind !== 0) {
      this.#setTo = now;
      this.#setAt = monotonic;
      this.#behind = Math.abs(skew) <= IN_STEP_MS ? 0 : skew;
      if (this.#behind === 0) this.#note({ kind: "in-step" });
      return;
    }
    if (Math.abs(skew) <= TOLERANCE_MS) this.#offSince = undefined;
    else if (this.#offSince === undefined || Math.sign(before) !== Math.sign(skew)) this.#offSince = monotonic;
    else if (monotonic - this.#offSince >= PATIENCE_MS) {
      this.#offSince = undefined;
      this.#setTo = now;
      this.#setAt = monotonic;
      this.#behind = skew;
      this.#note({ kind: "slewing", skew });
    }
  }
}

/** Longest delay that Node's timers take; a longer one would fire at once. */
const LONGEST_TIMER_MS = 2 ** 31 - 1;

/** The clock of this process. `note` hears of differences to the wall that the clock follows. */
export function systemClock(note?: (note: ClockNote) => void): SystemClock {
  const clock = new SteadyClock({ wall: () => Date.now(), monotonic: () => performance.now() }, note);
  return {
    now: () => clock.now(),
    skew: () => clock.skew(),
    after(delay, run) {
      const timer = setTimeout(run, Math.min(Math.max(delay, 0), LONGEST_TIMER_MS));
      timer.unref();
      return () => clearTimeout(timer);
    },
  };
}
