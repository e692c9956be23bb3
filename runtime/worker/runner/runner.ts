import type { AbortReason } from "../child/abort-reason.js";
import type { Report } from "../child/messages.js";
import type { RunOrder } from "../child/result.js";

/** What runs activations: a child process, or an executor in this process. */
export interface Runner {
  /** For people: a child's pid, or "in-process". */
  readonly name: string;
  readonly slots: number;
  /** Starts all of them at once. */
  run(orders: readonly RunOrder[]): void;
  /**
   * Asks the runner to return orders that have not begun; RunnerOwner.takenBack has the answer, also while a handler blocks the
   * process. Absent: it cannot be blocked without this process.
   */
  takeBack?(orders: readonly RunOrder[]): void;
  abort(runs: readonly number[] | "all", reason: AbortReason): void;
  /** Ends it when nothing runs in it any more. */
  end(): void;
  /** Ends it now. */
  kill(): void;
}

export interface RunnerEvents {
  report(report: Report): void;
  /** It ended; all its reports came before. */
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

/** Gives runners their runs and gets their reports. */
export interface RunnerOwner {
  /** The runner is ready for work. */
  addRunner(runner: Runner): void;
  /** The runner is ready for isolated runs, one at a time. */
  addIsolated(runner: Runner): void;
  /** The runner's process is alive and answers. */
  heartbeat(runner: Runner): void;
  /** The runner gets no new work and ends when its runs are over. */
  retire(runner: Runner): void;
  report(runner: Runner, report: Report): void;
  /** `taken`: these runs will not begin in it; `begun`: they did, or have ended. */
  takenBack(runner: Runner, taken: readonly number[], begun: readonly number[]): void;
  gone(runner: Runner, end: RunnerEnd): void;
  /** A runner for isolated runs ended; `wasReady`: addIsolated was called for it. */
  isolatedGone(wasReady: boolean): void;
}
