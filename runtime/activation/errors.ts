import { acrossCopies } from "../base/across-copies.js";
import { type Duration, spokenDuration, wholeSeconds } from "../base/duration.js";
import { TaskwireError } from "../base/errors.js";

/** Bytes that are no TaskActivation. */
export class UndecodableError extends TaskwireError {
  constructor(message: string, options?: ErrorOptions) {
    super("undecodable", message, options);
  }
}

export interface ParameterIssue {
  /** Dotted path of the field, "" for the whole. */
  readonly path: string;
  readonly expected: string;
  readonly found: string;
}

/** Parameters do not fit their task. Nothing was appended; in a worker, the activation is not retried. */
export class ParameterError extends TaskwireError {
  static {
    acrossCopies(ParameterError, "ParameterError");
  }

  /** `<namespace>.<task>` as in the YAML. */
  readonly task: string;
  readonly issues: readonly ParameterIssue[];

  constructor(task: string, issues: readonly ParameterIssue[], options?: ErrorOptions) {
    const lines = issues.map(
      ({ path, expected, found }) => `${path === "" ? "" : `${path}: `}expected ${expected}, got ${found}`,
    );
    super("bad_parameters", `${task}: ${lines.join("; ")}`, options);
    this.task = task;
    this.issues = issues;
  }
}

/** A run did not end within its processing deadline. Policies name it in `on` and `ignore` like any error. */
export class ProcessingDeadlineExceeded extends TaskwireError {
  static {
    acrossCopies(ProcessingDeadlineExceeded, "ProcessingDeadlineExceeded");
  }

  constructor(task: string, deadline: number) {
    super(
      "deadline_exceeded",
      deadline > 0
        ? `${task}: processing deadline of ${spokenDuration(deadline)} passed`
        : `${task}: its processing deadline passed`,
    );
  }
}

/** `signal.reason` of a run that is interrupted because its worker stops. */
export class WorkerStopping extends TaskwireError {
  static {
    acrossCopies(WorkerStopping, "WorkerStopping");
  }

  constructor() {
    super("worker_stopping", "the worker stops, and its time to finish running work is over");
  }
}

/** `signal.reason` of a run whose outcome no longer counts: the broker gave its activation to another worker. */
export class ClaimLost extends TaskwireError {
  static {
    acrossCopies(ClaimLost, "ClaimLost");
  }

  constructor() {
    super("claim_lost", "the broker no longer counts this run: its activation was given to another worker");
  }
}

export interface RetryTaskOptions extends ErrorOptions {
  /** Until the next run; whole seconds. Default: as the policy says. */
  readonly delay?: Duration;
}

/**
 * Thrown by a handler that wants another run, whatever its policy's `on` and `ignore` say; `times` still holds, and so
 * does a PermanentError among its causes. Best thrown by `task.retry()`.
 */
export class RetryTaskError extends TaskwireError {
  static {
    acrossCopies(RetryTaskError, "RetryTaskError");
  }

  /** Whole seconds until the next run; undefined: as the policy says. */
  readonly delay: number | undefined;

  /** Throws DurationError for a delay that is not whole seconds. */
  constructor(message = "the handler asked for another run", options: RetryTaskOptions = {}) {
    super("retry_task", message, options);
    this.delay = options.delay === undefined ? undefined : wholeSeconds(options.delay);
  }
}

/** Thrown by `task.retry()` when this was the last run that the policy allows. The run fails for good. */
export class NoRetriesRemainingError extends TaskwireError {
  static {
    acrossCopies(NoRetriesRemainingError, "NoRetriesRemainingError");
  }

  constructor(task: string, attempt: number, options?: ErrorOptions) {
    super("no_retries_remaining", `${task}: no run is left after run ${attempt}`, options);
  }
}

/** An error that another run would not cure: never retried, whatever the policy says. Also as the base of own errors. */
export class PermanentError extends TaskwireError {
  static {
    acrossCopies(PermanentError, "PermanentError");
  }

  constructor(message: string, options?: ErrorOptions) {
    super("permanent", message, options);
  }
}
