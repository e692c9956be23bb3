import { messageOf, TaskwireError } from "../base/errors.js";

/**
 * The broker met what must not happen: its memory is not to be trusted, and nothing more of it goes to disk. What the
 * in-flight file has is whole: the broker starts again from it.
 */
export class BrokerFailedError extends TaskwireError {
  constructor(cause: unknown) {
    super(
      "broker_failed",
      `the broker cannot go on (${messageOf(cause)}); it starts again from its in-flight file; please report this with the lines of the log before it`,
      { cause },
    );
  }
}
