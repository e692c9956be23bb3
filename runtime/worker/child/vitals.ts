import { type IntervalHistogram, monitorEventLoopDelay } from "node:perf_hooks";
import { residentMemory } from "../../base/process/resident-memory.js";
import type { Vitals } from "./messages.js";

/** How often a child reports its vitals, milliseconds. */
const VITALS_MS = 1000;
/** A finer resolution would cost an idle child more than everything else it does, milliseconds. */
const RESOLUTION_MS = 100;

/** Reports a child's vitals every second. Does not keep the process alive. */
export class VitalSigns {
  readonly #delays: IntervalHistogram = monitorEventLoopDelay({ resolution: RESOLUTION_MS });

  constructor(report: (vitals: Vitals) => void) {
    this.#delays.enable();
    setInterval(() => report(this.look()), VITALS_MS).unref();
  }

  /** Lag: the largest since the last look. */
  look(): Vitals {
    const lag = Math.max(0, this.#delays.max / 1e6 - RESOLUTION_MS);
    this.#delays.reset();
    return { rss: residentMemory(), lag };
  }
}
