import { TaskwireError } from "../base/errors.js";

export { Cancelled, ClaimLost, WorkerStopping } from "../activation/errors.js";

/** The handlers module does not load, exports no registry, or lacks a handler. The worker does not start. */
export class HandlersModuleError extends TaskwireError {
  readonly module: string;

  constructor(module: string, problem: string, options?: ErrorOptions) {
    super("bad_handlers_module", `handlers module ${module}: ${problem}`, options);
    this.module = module;
  }
}

/** A child process ended while it ran an activation. */
export class ChildExited extends TaskwireError {
  constructor(how: string) {
    super("child_exited", `the child process ended during the run (${how})`);
  }
}

/** The broker has no sessions: it is a taskbroker of another implementation. */
export class NoSessionsError extends TaskwireError {
  constructor(address: string) {
    super("no_sessions", `${address} does not know taskwire.v1.Sessions: it is not a Taskwire broker`);
  }
}

/** A session ended before the broker acknowledged. */
export class SessionEndedError extends TaskwireError {
  constructor(reason: string) {
    super("session_ended", `the session ended: ${reason}`);
  }
}

/** Options of startWorker that contradict each other. */
export class WorkerOptionsError extends TaskwireError {
  constructor(message: string) {
    super("bad_worker_options", message);
  }
}
