import { acrossCopies } from "../base/across-copies.js";
import { type Duration, spokenDuration, wholeSeconds } from "../base/duration.js";
import { TaskwireError } from "../base/errors.js";

/** The bytes are not a TaskActivation. */
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

/** The parameters do not match the task. Nothing was appended; in a worker, the activation is not retried. */
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

/** A run did not end within its processing deadline. Policies may list it in `on` and `ignore` like any error. */
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
    super("worker_stopping", "the worker is stopping, and the time to finish running tasks is over");
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

/** `signal.reason` of a run that a person cancelled: however its handler ends, the activation ends as cancelled. */
export class Cancelled extends TaskwireError {
  static {
    acrossCopies(Cancelled, "Cancelled");
  }

  constructor() {
    super("cancelled", "a person cancelled this activation");
  }
}

export interface RetryTaskOptions extends ErrorOptions {
  /** How long to wait until the next run; whole seconds. Default: the delay of the policy. */
  readonly delay?: Duration;
}

/**
 * Thrown by a handler to request a retry, regardless of its policy's `on` and `ignore`. The policy's `times` still limits
 * it, and a PermanentError among the causes still prevents it. Use `task.retry()` to throw it.
 */
export class RetryTaskError extends TaskwireError {
  static {
    acrossCopies(RetryTaskError, "RetryTaskError");
  }

  /** Whole seconds until the next run; undefined: the delay of the policy. */
  readonly delay: number | undefined;

  /** Throws DurationError for a delay that is not whole seconds. */
  constructor(message = "the handler asked for another run", options: RetryTaskOptions = {}) {
    super("retry_task", message, options);
    this.delay = options.delay === undefined ? undefined : wholeSeconds(options.delay);
  }
}

/** Thrown by `task.retry()` in the last run that the policy allows. The run fails for good. */
export class NoRetriesRemainingError extends TaskwireError {
  static {
    acrossCopies(NoRetriesRemainingError, "NoRetriesRemainingError");
  }

  constructor(task: string, attempt: number, options?: ErrorOptions) {
    super("no_retries_remaining", `${task}: no attempts left after attempt ${attempt}`, options);
  }
}

/** An error that a retry cannot fix: never retried, whatever the policy. May be extended. */
export class PermanentError extends TaskwireError {
  static {
    acrossCopies(PermanentError, "PermanentError");
  }

  constructor(message: string, options?: ErrorOptions) {
    super("permanent", message, options);
  }
}
