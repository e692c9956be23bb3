import { TaskwireError } from "../base/errors.js";

/** The handlers module does not load, exports no registry, or misses a handler. The worker does not start. */
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

/** `signal.reason` of a run that is interrupted because its worker stops. */
export class WorkerStopping extends TaskwireError {
  constructor() {
    super("worker_stopping", "the worker stops, and its time to finish running work is over");
  }
}

/** `signal.reason` of a run whose outcome no longer counts: the broker gave its activation to another worker. */
export class ClaimLost extends TaskwireError {
  constructor() {
    super("claim_lost", "the broker no longer counts this run: its activation was given to another worker");
  }
}

/** The broker has no sessions (a taskbroker that is not ours). */
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
