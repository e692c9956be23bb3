import type { RetryState } from "../../activation/activation.js";
import { ProcessingDeadlineExceeded } from "../../activation/errors.js";
import { decideRetry, isNamed, type RetryDecision } from "../../activation/retry.js";
import type { TaskFacts } from "../../activation/task.js";
import { cutError } from "../../wire/session-codec.js";
import { errorText } from "./error-text.js";
import type { RunResult } from "./result.js";

/** How a run ends that failed with `error`, by its task's retry policy. Never throws: a handler may throw anything. */
export function resultOfError(error: unknown, facts: TaskFacts, { retry }: { readonly retry: RetryState }): RunResult {
  const { decision, silenced } = judge(error, facts, retry);
  const text = textOf(error);
  const common = { ...text, error: cutError(text.error), ...(silenced ? { silenced } : {}) };
  if (decision.kind === "failure") return { kind: "failure", reason: decision.reason, ...common };
  const { delay, maxAttempts } = decision;
  return { kind: "retry", reason: "error", delay, maxAttempts, ...common };
}

function judge(
  error: unknown,
  facts: TaskFacts,
  retry: RetryState,
): { readonly decision: RetryDecision; readonly silenced: boolean } {
  try {
    const silenced = facts.silenced !== undefined && isNamed(error, facts.silenced);
    return { decision: decideRetry(facts.retry, retry, error), silenced };
  } catch {
    // Its names cannot be read: it has none.
    return { decision: decideRetry(facts.retry, retry, undefined), silenced: false };
  }
}

function textOf(error: unknown): ReturnType<typeof errorText> {
  try {
    // That no handler threw it, its name would hide.
    if (error instanceof ProcessingDeadlineExceeded) return { error: error.message };
  } catch {
    // A proxy that does not say what it is.
  }
  return errorText(error);
}
