import type { RunResult } from "../child/result.js";
import { ChildExited } from "../errors.js";
import type { Job } from "../job.js";
import type { RunnerEnd } from "../runner/runner.js";
import type { TaskFactsCache } from "./task-facts-cache.js";

/** So often a run may be lost with its child and start again. */
export const LARGEST_RERUNS = 3;
/** Of these, so often together with others; after that it might be what ends children, and is found out alone. */
const TOGETHER = 1;

/** What becomes of a run that was lost with its child: "alone" is again, with nothing else in its child. */
export type Verdict = RunResult | "again" | "alone";

/**
 * Judges the runs of a child that ended. A run that never started runs elsewhere. The run that ended the child, or the
 * only one, failed by ChildExited. The only one, past its deadline in a child that did not answer, failed by
 * ProcessingDeadlineExceeded; of several any may have blocked the child, so those past their deadlines run again, each
 * alone. Nobody is to blame for a kill from outside. All others run again, unless they may start only once.
 */
export function* judgeLostRuns(
  jobs: readonly Job[],
  end: RunnerEnd,
  overdue: ReadonlySet<number>,
  facts: TaskFactsCache,
): Generator<[Job, Verdict]> {
  const started = jobs.filter((job) => job.startedAt !== undefined);
  const [first] = started;
  const only = started.length === 1 && !end.outside && !end.asked ? first?.run : undefined;
  for (const job of jobs) {
    if (job.startedAt === undefined) yield [job, "again"];
    else if (overdue.has(job.run)) {
      const proven = started.length === 1 || facts.atMostOnce(job);
      yield [job, proven ? facts.deadlineExceeded(job) : alone(job, end)];
    } else if (job.run === (end.culprit ?? only)) yield [job, facts.failed(job, new ChildExited(end.how))];
    else yield [job, lost(job, end, facts)];
  }
}

function lost(job: Job, end: RunnerEnd, facts: TaskFactsCache): Verdict {
  if (facts.atMostOnce(job)) return workerLost(`its child process ended (${end.how}), and it may start only once`);
  const verdict = alone(job, end);
  return verdict === "alone" && job.lost <= TOGETHER ? "again" : verdict;
}

function alone(job: Job, end: RunnerEnd): Verdict {
  job.lost += 1;
  if (job.lost <= LARGEST_RERUNS) return "alone";
  return workerLost(`its child process ended (${end.how}) during each of ${job.lost} runs`);
}

function workerLost(error: string): RunResult {
  return { kind: "failure", reason: "worker_lost", error };
}
