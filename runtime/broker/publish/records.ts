import { nextRun } from "../../activation/retry.js";
import type { LogRecord } from "../../log/port.js";
import type { PublishAs } from "../inflight/events.js";
import type { Row } from "../inflight/live-row.js";
import { deadLetter } from "./dead-letter.js";

/** A row that waits to be appended, and as what. */
export interface Publication {
  readonly as: PublishAs;
  readonly row: Row;
}

/** The record that is appended for it. `now`: wall time. */
export function recordOf({ as, row }: Publication, now: number): LogRecord {
  switch (as) {
    case "deadletter":
      return deadLetter(row, now);
    case "forward":
      return { key: row.facts.id, value: row.facts.payload };
    case "retry": {
      const { delay, maxAttempts } = row.ending ?? {};
      const next = nextRun(row.facts.payload, {
        now,
        ...(delay === undefined ? {} : { delay }),
        ...(maxAttempts === undefined ? {} : { maxAttempts }),
      });
      return { key: next.key, value: next.bytes };
    }
  }
}
