import { monitorEventLoopDelay } from "node:perf_hooks";

const RESOLUTION_MS = 20;

/** Lag of the event loop since the last measurement, seconds. */
export interface LoopLag {
  readonly median: number;
  readonly p99: number;
  readonly largest: number;
}

/** Measures how late the event loop turns; it does not keep the process alive. */
export class LoopMonitor {
  readonly #delays = monitorEventLoopDelay({ resolution: RESOLUTION_MS });

  constructor() {
    this.#delays.enable();
  }

  look(): LoopLag {
    const delays = this.#delays;
    const lag = { median: lagOf(delays.percentile(50)), p99: lagOf(delays.percentile(99)), largest: lagOf(delays.max) };
    delays.reset();
    return lag;
  }

  stop(): void {
    this.#delays.disable();
  }
}

/** A timer of the resolution measures the delays. */
function lagOf(nanoseconds: number): number {
  return Math.max(0, nanoseconds / 1e9 - RESOLUTION_MS / 1000);
}
