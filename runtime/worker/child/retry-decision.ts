import type { RetryState } from "../../activation/activation.js";
import { headlineOf } from "../../activation/error-names.js";
import { ProcessingDeadlineExceeded } from "../../activation/errors.js";
import type { Reason } from "../../activation/reasons.js";
import { countedName, decideRetry, isNamed, type RetryDecision, reasonOf } from "../../activation/retry.js";
import type { TaskFacts } from "../../activation/task.js";
import { cutError } from "../../wire/codec/session-codec.js";
import { type ErrorText, errorText } from "./error-text.js";
import type { RunResult } from "./result.js";

interface Judgement {
  readonly decision: RetryDecision;
  /** Why the run failed, retried or not. */
  readonly reason: Reason;
  /** Label and message, when a name of the error or of a cause decided. */
  readonly headline: string | undefined;
  readonly silenced: boolean;
}

/**
 * The result of a run that failed with `error`, by its task's retry policy. Never throws: a handler may throw anything.
 */
export function resultOfError(error: unknown, facts: TaskFacts, { retry }: { readonly retry: RetryState }): RunResult {
  const { decision, reason, headline, silenced } = judge(error, facts, retry);
  const text = headline === undefined ? textOf(error) : underHeadline(headline, textOf(error));
  const common = { ...text, error: cutError(text.error), ...(silenced ? { silenced } : {}) };
  if (decision.kind === "retry") {
    const { delay, maxAttempts } = decision;
    return { kind: "retry", reason, delay, maxAttempts, ...common };
  }
  const { times = 1 } = facts.retry ?? {};
  const used = times > 1 && retry.attempts + 1 >= times ? { maxAttempts: times } : {};
  return { kind: "failure", reason: decision.reason, ...used, ...common };
}

function judge(error: unknown, facts: TaskFacts, retry: RetryState): Judgement {
  try {
    const counted = countedName(facts.retry, error);
    const named = error instanceof Error && counted !== undefined && !(error instanceof ProcessingDeadlineExceeded);
    return {
      decision: decideRetry(facts.retry, retry, error),
      reason: reasonOf(error),
      headline: named ? headlineOf(error, counted) : undefined,
      silenced: facts.silenced !== undefined && isNamed(error, facts.silenced),
    };
  } catch {
    // Its names cannot be read: it is treated as having none.
    const decision = decideRetry(facts.retry, retry, undefined);
    return { decision, reason: "error", headline: undefined, silenced: false };
  }
}

/** The stack begins with the error in the form that is shown everywhere else. */
function underHeadline(headline: string, { error, stack }: ErrorText): ErrorText {
  const places = stack?.startsWith(`${error}\n`) === true ? stack.slice(error.length) : `\n${stack ?? ""}`;
  return stack === undefined ? { error: headline } : { error: headline, stack: headline + places };
}

function textOf(error: unknown): ErrorText {
  try {
    // Its message alone: its name would suggest that the handler threw it.
    if (error instanceof ProcessingDeadlineExceeded) return { error: error.message };
  } catch {
    // A proxy whose class cannot be read.
  }
  return errorText(error);
}
