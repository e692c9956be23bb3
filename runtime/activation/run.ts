import type { Duration } from "../base/duration.js";
import type { Logger } from "../base/logger.js";
import { headlineOf } from "./error-names.js";
import { NoRetriesRemainingError, RetryTaskError } from "./errors.js";

/** The second argument of a handler: the run it is called for. */
export interface TaskRun {
  readonly id: string;
  /** The id that `.delay()` returned, kept over all retries; equal to `id` in the first run. */
  readonly root: string;
  /** Wire name. */
  readonly name: string;
  readonly namespace: string;
  /** 1 for the first run. */
  readonly attempt: number;
  /** How often this run was delivered before and lost with its worker or child process. Above 0 it may be a repetition. */
  readonly lost: number;
  /** Runs left after this one. */
  readonly retriesRemaining: number;
  /** When the processing deadline passes. */
  readonly deadline: Date;
  /**
   * Aborted when the run should end early. Its `reason` has a stable `code`: ProcessingDeadlineExceeded
   * (`deadline_exceeded`), WorkerStopping (`worker_stopping`), ClaimLost (`claim_lost`: the outcome no longer counts).
   */
  readonly signal: AbortSignal;
  readonly headers: ReadonlyMap<string, string>;
  /** The worker's log; each line has the run's `id`, `task` and `attempt`. */
  readonly log: Logger;
  /**
   * Ends this run and requests a retry, regardless of the policy's `on` and `ignore`. Throws RetryTaskError, which the
   * handler must not catch; NoRetriesRemainingError when `retriesRemaining` is 0; DurationError for a delay that is not
   * whole seconds.
   */
  retry(options?: RetryRequest): never;
}

export interface RetryRequest {
  /** How long to wait until the next run; whole seconds. Default: the delay of the policy. */
  readonly delay?: Duration;
  /** Why a retry is requested; reported in the outcome. A PermanentError here still prevents the retry. */
  readonly cause?: unknown;
}

/** Implements `TaskRun.retry`. */
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

/** A function type, not a method, so that a handler with other parameters does not compile. */
export type Handler<P> = (parameters: P, task: TaskRun) => unknown;
