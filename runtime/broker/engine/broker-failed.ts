import { messageOf, TaskwireError } from "../../base/errors.js";

/**
 * The broker hit an internal error: its memory is not to be trusted, and nothing more is written. The in-flight file is
 * consistent, and the broker restarts from it.
 */
export class BrokerFailedError extends TaskwireError {
  constructor(cause: unknown) {
    super(
      "broker_failed",
      `internal error of the broker (${messageOf(cause)}); it restarts from its in-flight file; please report this with the log lines before it`,
      { cause },
    );
  }
}
