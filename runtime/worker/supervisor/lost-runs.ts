import { CANCEL_MS, NEVER_STARTED } from "../child/cancelled-run.js";
import type { RunResult } from "../child/result.js";
import type { Claim } from "../claim.js";
import { ChildExited } from "../errors.js";
import type { RunnerEnd } from "../runner/runner.js";
import type { TaskFactsCache } from "./task-facts-cache.js";

/** How often a run may be lost with its child and start again. */
const MOST_RERUNS = 3;
/** How many of these reruns may share a child. After that the run may be what ends children, so it is isolated. */
const MOST_SHARED_RERUNS = 1;

/** What happens to a run that was lost with its child; "isolate": it runs again with nothing else in its child. */
export type Verdict = RunResult | "rerun" | "isolate";

/**
 * Judges the runs of a child that ended:
 * - A cancelled run ends as cancelled.
 * - A run that never started runs again elsewhere.
 * - The run that ended the child, or the only one in it, failed with ChildExited; after a kill from outside no run is
 *   to blame.
 * - The only run in an unresponsive child, past its deadline, failed with ProcessingDeadlineExceeded. Of several any
 *   may have blocked the child, so those past their deadlines run again, isolated.
 * - All others run again unless they may start only once.
 */
export function* judgeLostRuns(
  claims: readonly Claim[],
  end: RunnerEnd,
  overdue: ReadonlySet<number>,
  facts: TaskFactsCache,
): Generator<[Claim, Verdict]> {
  const started = claims.filter((claim) => claim.startedAt !== undefined);
  const [first] = started;
  const only = started.length === 1 && !end.outside && !end.asked ? first?.run : undefined;
  for (const claim of claims) {
    if (claim.cancelledAt !== undefined) yield [claim, cancelled(claim, end, overdue)];
    else if (claim.startedAt === undefined) yield [claim, "rerun"];
    else if (overdue.has(claim.run)) {
      const proven = started.length === 1 || facts.atMostOnce(claim);
      yield [claim, proven ? facts.deadlineExceeded(claim) : isolate(claim, end)];
    } else if (claim.run === (end.culprit ?? only)) yield [claim, facts.failed(claim, new ChildExited(end.how))];
    else yield [claim, rerun(claim, end, facts)];
  }
}

function rerun(claim: Claim, end: RunnerEnd, facts: TaskFactsCache): Verdict {
  if (facts.atMostOnce(claim))
    return workerLost(`the child process ended (${end.how}), and the activation is at-most-once`);
  const verdict = isolate(claim, end);
  return verdict === "isolate" && claim.lost <= MOST_SHARED_RERUNS ? "rerun" : verdict;
}

function cancelled(claim: Claim, end: RunnerEnd, overdue: ReadonlySet<number>): RunResult {
  if (claim.startedAt === undefined) return NEVER_STARTED;
  const error = overdue.has(claim.run)
    ? `the handler did not end within ${CANCEL_MS / 1000} s of the signal, and its child process was replaced`
    : `the child process ended (${end.how}) after the signal`;
  return { kind: "cancelled", error };
}

function isolate(claim: Claim, end: RunnerEnd): Verdict {
  claim.lost += 1;
  if (claim.lost <= MOST_RERUNS) return "isolate";
  return workerLost(`the child process ended (${end.how}) during each of ${claim.lost} runs`);
}

function workerLost(error: string): RunResult {
  return { kind: "failure", reason: "worker_lost", error };
}
