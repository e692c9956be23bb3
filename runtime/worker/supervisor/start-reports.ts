import type { Started } from "../../wire/session.js";
import type { Job, JobSource } from "../job.js";
import type { Running } from "./runner-state.js";

/** Only runs longer than this are reported as started, milliseconds. */
const REPORT_AFTER_MS = 100;
/** How often work that waits to start again is reported, milliseconds. */
const WAITING_REPORTED_MS = 1000;

/**
 * Reports starts to the brokers of the runs. `waiting`: runs to be started again. The broker would presume these lost
 * at their deadline, so each start that was reported before is moved to now.
 */
export function reportStarts(running: Iterable<Running>, waiting: Iterable<Job>, now: number): void {
  const starts = new Map<JobSource, Started[]>();
  const add = (job: Job, since: number): void => {
    job.announced = true;
    job.reportedAt = now;
    const list = starts.get(job.source);
    if (list === undefined) starts.set(job.source, [{ claim: job.claim, since }]);
    else list.push({ claim: job.claim, since });
  };
  for (const { job } of running) {
    if (job.startedAt === undefined || !job.source.connected) continue;
    const since = now - job.startedAt;
    if ((!job.announced || job.reportedAt < job.startedAt) && since >= REPORT_AFTER_MS) add(job, since);
  }
  for (const job of waiting) {
    if (job.reportedAt === 0 || !job.source.connected || now - job.reportedAt < WAITING_REPORTED_MS) continue;
    add(job, 0);
  }
  for (const [source, list] of starts) source.started(list);
}
