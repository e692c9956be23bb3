import { wholeSeconds } from "../base/duration.js";
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
  constructor(task: string, deadline: number) {
    super(
      "deadline_exceeded",
      deadline > 0 ? `${task}: no outcome within ${deadline} ms` : `${task}: its processing deadline passed`,
    );
  }
}

/** Thrown by a handler that wants another run, whatever its policy's `on` and `ignore` say; `times` still holds. */
export class RetryTaskError extends TaskwireError {
  /** Whole seconds until the next run; undefined: as the policy says. Throws DurationError for a fraction. */
  readonly delay: number | undefined;

  constructor(message = "the handler asked for another run", options: ErrorOptions & { readonly delay?: number } = {}) {
    super("retry_task", message, options);
    this.delay = options.delay === undefined ? undefined : wholeSeconds(options.delay);
  }
}
