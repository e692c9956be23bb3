import type { RetryState } from "../../activation/activation.js";
import { ProcessingDeadlineExceeded } from "../../activation/errors.js";
import { decideRetry, isNamed } from "../../activation/retry.js";
import type { TaskFacts } from "../../activation/task.js";
import { cutError } from "../../wire/session-codec.js";
import type { RunResult } from "./result.js";

/** How a run ends that failed with `error`: by its task's retry policy. */
export function resultOfError(error: unknown, facts: TaskFacts, { retry }: { readonly retry: RetryState }): RunResult {
  const decision = decideRetry(facts.retry, retry, error);
  const text = cutError(textOf(error));
  const silenced = facts.silenced !== undefined && isNamed(error, facts.silenced) ? { silenced: true } : {};
  if (decision.kind === "failure") return { kind: "failure", reason: decision.reason, error: text, ...silenced };
  const { delay, maxAttempts } = decision;
  return { kind: "retry", reason: "error", error: text, delay, maxAttempts, ...silenced };
}

/** Never throws: a handler may throw anything. */
function textOf(error: unknown): string {
  try {
    if (!(error instanceof Error)) return String(error);
    return error instanceof ProcessingDeadlineExceeded ? error.message : `${error.name}: ${error.message}`;
  } catch {
    return "a thrown value that has no text";
  }
}
