import type { Report } from "../child/messages.js";
import type { RunOrder } from "../child/result.js";

/** What runs activations: a child process, or an executor in this process. */
export interface Runner {
  /** For people: a child's pid, or "in-process". */
  readonly name: string;
  readonly slots: number;
  /** Starts all of them at once. */
  run(orders: readonly RunOrder[]): void;
  abort(runs: readonly number[] | "all", reason: "stopping" | "claim_lost"): void;
  /** Ends it when nothing runs in it any more. */
  end(): void;
  /** Ends it now. */
  kill(): void;
}

export interface RunnerEvents {
  report(report: Report): void;
  /** An error outside of any run's promise; the runner should be replaced. */
  fault(error: string, run: number | undefined): void;
  /** It ended; everything it reported before was told before. */
  gone(end: RunnerEnd): void;
}

export interface RunnerEnd {
  /** "exit code 1", "signal SIGKILL" */
  readonly how: string;
  /** By end() or kill(). */
  readonly asked: boolean;
  /** The run that ended the process. */
  readonly culprit: number | undefined;
  /** Killed from outside: no run is to blame. */
  readonly outside: boolean;
}
