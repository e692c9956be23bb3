import { type IntervalHistogram, monitorEventLoopDelay } from "node:perf_hooks";
import type { Clock } from "../../base/clock.js";
import { residentMemory } from "../../base/process/resident-memory.js";
import type { Vitals } from "../../wire/session.js";

/** How often a worker reports to its brokers, milliseconds. */
const EVERY_MS = 5000;
/** A finer resolution would cost an idle worker more than the rest of it, milliseconds. */
const RESOLUTION_MS = 100;

/** The part of WorkerStats that is reported. */
interface ReportedStats {
  readonly running: number;
  readonly unstarted: number;
  readonly children: {
    readonly list: readonly { readonly rss: number | undefined; readonly lag: number | undefined }[];
    readonly deaths: number;
    readonly crashLoop: { readonly cause: string } | undefined;
  };
}

/** Reports every 5 s how a worker is doing. */
export class VitalsReport {
  readonly #clock: Clock;
  readonly #stats: () => ReportedStats;
  readonly #send: (vitals: Vitals) => void;
  readonly #delays: IntervalHistogram = monitorEventLoopDelay({ resolution: RESOLUTION_MS });
  #cancel: () => void = () => {};

  constructor(clock: Clock, stats: () => ReportedStats, send: (vitals: Vitals) => void) {
    this.#clock = clock;
    this.#stats = stats;
    this.#send = send;
    this.#delays.enable();
    this.#next();
  }

  stop(): void {
    this.#cancel();
    this.#delays.disable();
  }

  #next(): void {
    this.#cancel = this.#clock.after(EVERY_MS, () => {
      this.#send(this.#look());
      this.#next();
    });
  }

  #look(): Vitals {
    const { running, unstarted, children } = this.#stats();
    const { list, deaths, crashLoop } = children;
    const lag = Math.max(0, this.#delays.max / 1e6 - RESOLUTION_MS);
    this.#delays.reset();
    return {
      busy: running,
      unstarted,
      children: list.length,
      deaths,
      crashLoop: crashLoop?.cause ?? "",
      rss: list.reduce((sum, { rss = 0 }) => sum + rss, residentMemory()),
      loopLag: Math.round(Math.max(lag, ...list.map((child) => child.lag ?? 0))),
    };
  }
}
