import { ALWAYS_DEADLETTERED, isReason, type Reason } from "../activation/reasons.js";
import type { TaskFacts } from "../activation/task.js";
import type { RunResult } from "../worker/child/result.js";

/** How a run ended, as the worker would report it to the broker. */
export type RunOutcome<R = unknown> =
  | {
      readonly kind: "complete";
      /** What the handler returned. */
      readonly result: R;
    }
  | {
      readonly kind: "retry";
      /** As it was thrown. */
      readonly error: unknown;
      /** The error as it travels and is logged. */
      readonly message: string;
      /** Whole seconds until the next run. */
      readonly delay: number;
    }
  | {
      readonly kind: "failure";
      readonly reason: Reason;
      readonly error: unknown;
      readonly message: string;
      /** Whether it becomes a dead letter; otherwise it is discarded. */
      readonly deadLettered: boolean;
    };

/** The outcome of a run, from its result and its task. */
export function outcomeOf(result: RunResult, facts: TaskFacts, value: unknown, error: unknown): RunOutcome {
  switch (result.kind) {
    case "complete":
      return { kind: "complete", result: value };
    case "retry":
      return { kind: "retry", error, message: result.error, delay: result.delay ?? (facts.retry?.delay ?? 0) / 1000 };
    case "cancelled":
      return { kind: "failure", reason: "cancelled", error, message: result.error, deadLettered: false };
    case "failure": {
      const reason = isReason(result.reason) ? result.reason : "reported";
      const deadLettered = facts.retry?.timesExceeded !== "discard" || ALWAYS_DEADLETTERED.has(reason);
      return { kind: "failure", reason, error, message: result.error, deadLettered };
    }
  }
}
