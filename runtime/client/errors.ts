import { acrossCopies } from "../base/across-copies.js";
import { TaskwireError } from "../base/errors.js";

/** The log did not accept all activations: the first `appended` are accepted, the rest may or may not be. */
export class AppendError extends TaskwireError {
  static {
    acrossCopies(AppendError, "AppendError");
  }

  readonly task: string;
  readonly appended: number;

  constructor(task: string, appended: number, total: number, message: string, options?: ErrorOptions) {
    super("append_failed", `${task}: ${appended} of ${total} activations were appended: ${message}`, options);
    this.task = task;
    this.appended = appended;
  }
}

/** An activation is larger than the log accepts. */
export class OversizedError extends TaskwireError {
  static {
    acrossCopies(OversizedError, "OversizedError");
  }

  constructor(task: string, bytes: number, limit: number) {
    super(
      "oversized",
      `${task}: expected an encoded activation of at most ${limit} bytes, got ${bytes}; store large data elsewhere and pass its key`,
    );
  }
}

/** There is no environment to connect to. */
export class ConnectError extends TaskwireError {
  static {
    acrossCopies(ConnectError, "ConnectError");
  }

  constructor(message: string) {
    super("not_connected", message);
  }
}
