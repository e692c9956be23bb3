import type { Duration } from "../base/duration.js";
import type { Logger } from "../base/logger.js";
import { headlineOf } from "./error-names.js";
import { NoRetriesRemainingError, RetryTaskError } from "./errors.js";

/** What a handler gets beside its parameters. */
export interface TaskRun {
  readonly id: string;
  /** The id of the first run of its chain, which `.delay()` returned; the same as `id` in a first run. */
  readonly root: string;
  /** Wire name. */
  readonly name: string;
  readonly namespace: string;
  /** 1 for the first run. */
  readonly attempt: number;
  /** How often this run was in a worker's hands before and was lost with it, or with its process: it may be a repetition. */
  readonly lost: number;
  /** Runs left after this one. */
  readonly retriesRemaining: number;
  /** When the processing deadline passes. */
  readonly deadline: Date;
  /**
   * Aborted when the run should end early; `reason` says why, with a stable `code`: ProcessingDeadlineExceeded
   * (`deadline_exceeded`), WorkerStopping (`worker_stopping`), ClaimLost (`claim_lost`: the outcome no longer counts).
   */
  readonly signal: AbortSignal;
  readonly headers: ReadonlyMap<string, string>;
  /** The worker's log; each line has the run's `id`, `task` and `attempt`. */
  readonly log: Logger;
  /**
   * Ends this run and asks for another one, whatever the policy's `on` and `ignore` say. Throws RetryTaskError, to be
   * left alone by the handler; NoRetriesRemainingError when `retriesRemaining` is 0, DurationError for a delay that is
   * not whole seconds.
   */
  retry(options?: RetryRequest): never;
}

export interface RetryRequest {
  /** Until the next run; whole seconds. Default: as the policy says. */
  readonly delay?: Duration;
  /** Why; it is named in the outcome, and a PermanentError here still means no further run. */
  readonly cause?: unknown;
}

/** What `retry` of a run does. */
export function askRetry(
  run: Pick<TaskRun, "name" | "attempt" | "retriesRemaining">,
  request: RetryRequest = {},
): never {
  const { delay, cause } = request;
  const options = cause === undefined ? {} : { cause };
  if (run.retriesRemaining <= 0) throw new NoRetriesRemainingError(run.name, run.attempt, options);
  const why = cause instanceof Error ? headlineOf(cause) : undefined;
  throw new RetryTaskError(
    why === undefined ? undefined : `the handler asked for another run after ${why}`,
    delay === undefined ? options : { ...options, delay },
  );
}

/** Written as a property type, so that a handler with other parameters does not compile. */
export type Handler<P> = (parameters: P, task: TaskRun) => unknown;
