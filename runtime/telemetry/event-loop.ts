import { type IntervalHistogram, monitorEventLoopDelay } from "node:perf_hooks";

/** Default; finer ones cost more. */
const RESOLUTION_MS = 20;

/** Lag of the event loop since the last measurement, seconds. */
export interface LoopLag {
  readonly median: number;
  readonly p99: number;
  readonly largest: number;
}

/** Measures how late the event loop turns; it does not keep the process alive. */
export class LoopMonitor {
  readonly #resolution: number;
  readonly #delays: IntervalHistogram;

  /** `resolution`: milliseconds. */
  constructor(resolution = RESOLUTION_MS) {
    this.#resolution = resolution;
    this.#delays = monitorEventLoopDelay({ resolution });
    this.#delays.enable();
  }

  look(): LoopLag {
    const delays = this.#delays;
    // A timer of the resolution measures the delays.
    const lagOf = (nanoseconds: number) => Math.max(0, nanoseconds / 1e9 - this.#resolution / 1000);
    const lag = { median: lagOf(delays.percentile(50)), p99: lagOf(delays.percentile(99)), largest: lagOf(delays.max) };
    delays.reset();
    return lag;
  }

  stop(): void {
    this.#delays.disable();
  }
}
