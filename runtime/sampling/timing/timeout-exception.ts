import { TaskwireError } from "../../base/errors.js";
import type { TaskContext } from "./task-context.js";

/** A task ran out of its context's time (dynamic-sampling.md 5). */
export class TimeoutException extends TaskwireError {
  readonly taskContext: TaskContext;
  /** What else was given, for whoever catches it. */
  readonly more: readonly unknown[];

  constructor(taskContext: TaskContext, ...more: readonly unknown[]) {
    super(
      "sampling_timeout",
      `${taskContext.name} ran out of time: expected it to end within ${taskContext.numSeconds} s`,
    );
    this.taskContext = taskContext;
    this.more = more;
  }
}
