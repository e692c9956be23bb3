import { TaskwireError } from "../../base/errors.js";

/** The broker rejects the session; the worker must open a new one. */
export class SessionRefusedError extends TaskwireError {
  constructor(message: string) {
    super("session_refused", message);
  }
}

/** The broker is at its limit of sessions; the worker retries. */
export class SessionsFullError extends TaskwireError {
  constructor(message: string) {
    super("sessions_full", message);
  }
}

/** A report would not be stored now: the worker must repeat it to the broker's next process. */
export class BrokerStopsError extends TaskwireError {
  constructor() {
    super("broker_stops", "the broker is stopping; report again when it is back");
  }
}
