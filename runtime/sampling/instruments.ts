import { type Logger, silentLogger } from "../base/logger.js";
import { type Monotonic, systemMonotonic } from "./timing/timers.js";

export interface MetricOptions {
  /** Share of the emissions that the sink passes on, 0..1. Default: the sink's own. */
  readonly sampleRate?: number;
  readonly tags?: Readonly<Record<string, string>>;
}

/** Where metrics go. */
export interface MetricsSink {
  count(name: string, amount: number, options: MetricOptions): void;
  duration(name: string, seconds: number, options: MetricOptions): void;
}

/** Error tracking, for problems that must be seen but must not stop a task. */
export interface Reports {
  error(error: unknown): void;
  message(message: string, fields: Readonly<Record<string, unknown>>): void;
}

/** Clock, random numbers and outputs that tasks use. */
export interface Instruments {
  readonly monotonic: Monotonic;
  /** The current time. */
  readonly utc: () => Date;
  /** One uniform draw from [0, 1). */
  readonly random: () => number;
  readonly metrics: MetricsSink;
  readonly log: Logger;
  readonly reports: Reports;
}

/** The process's clock and random numbers; metrics, logs and reports are dropped. */
export const defaultInstruments: Instruments = {
  monotonic: systemMonotonic,
  utc: () => new Date(),
  random: Math.random,
  metrics: { count: () => {}, duration: () => {} },
  log: silentLogger,
  reports: { error: () => {}, message: () => {} },
};
