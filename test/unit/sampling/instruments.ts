import type { Instruments, MetricOptions } from "#runtime/sampling/index.js";

/** A clock that a test sets, seconds. */
export class ManualClock {
  seconds: number;

  constructor(seconds = 0) {
    this.seconds = seconds;
  }

  readonly read = (): number => this.seconds;
}

/** Instruments that remember, in order, what was emitted. */
export function recorded(clock = new ManualClock()) {
  const emitted: unknown[] = [];
  const log = (level: string) => (message: string, fields?: object) => void emitted.push([level, message, fields]);
  const reported: unknown[] = [];
  const instruments: Instruments = {
    monotonic: clock.read,
    utc: () => new Date("2024-02-10T12:00:00Z"),
    random: () => 0,
    metrics: {
      count: (name: string, amount: number, options: MetricOptions) => emitted.push(["count", name, amount, options]),
      duration: (name: string, seconds: number, options: MetricOptions) =>
        emitted.push(["duration", name, seconds, options]),
    },
    log: { debug: log("debug"), info: log("info"), warn: log("warn"), error: log("error") },
    reports: {
      error: (error) => reported.push(error),
      message: (message, fields) => reported.push([message, fields]),
    },
  };
  return { clock, emitted, reported, instruments };
}
