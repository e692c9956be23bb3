import type { RunResult } from "./child/result.js";
import { ChildExited } from "./errors.js";
import type { Job } from "./job.js";
import type { TaskPolicies } from "./policies.js";
import type { RunnerEnd } from "./runner/runner.js";

/** So often a run may be lost with its child and start again. */
export const LARGEST_RERUNS = 3;

/** What becomes of a run that was lost with its child. */
export type Verdict = RunResult | "again";

/**
 * Judges the runs of a child that ended. A run that never started runs elsewhere. The run that ended the child, or the
 * only one, failed by ChildExited; one past its deadline by ProcessingDeadlineExceeded. Nobody is to blame for a kill
 * from outside. All others run again, unless they may start only once.
 */
export function* lossOf(
  jobs: readonly Job[],
  end: RunnerEnd,
  overdue: ReadonlySet<number>,
  policies: TaskPolicies,
): Generator<[Job, Verdict]> {
  const started = jobs.filter((job) => job.startedAt !== undefined);
  const [first] = started;
  const only = started.length === 1 && !end.outside && !end.asked ? first?.run : undefined;
  for (const job of jobs) {
    if (job.startedAt === undefined) yield [job, "again"];
    else if (overdue.has(job.run)) yield [job, policies.deadlineExceeded(job)];
    else if (job.run === (end.culprit ?? only)) yield [job, policies.failed(job, new ChildExited(end.how))];
    else yield [job, lost(job, end, policies)];
  }
}

function lost(job: Job, end: RunnerEnd, policies: TaskPolicies): Verdict {
  job.lost += 1;
  if (policies.atMostOnce(job)) return workerLost(`its child process ended (${end.how}), and it may start only once`);
  if (job.lost <= LARGEST_RERUNS) return "again";
  return workerLost(`its child process ended (${end.how}) during each of ${job.lost} runs`);
}

function workerLost(error: string): RunResult {
  return { kind: "failure", reason: "worker_lost", error };
}
