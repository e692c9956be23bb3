import type { Job } from "../job.js";
import type { RunnerState } from "./runner-state.js";

/** What has not begun after this moves to an idle child, milliseconds. */
const MOVE_AFTER_MS = 100;
/** This many are asked for at one look. */
const MOST_ASKED = 256;

/** A job that was given to a runner and has no outcome yet. */
export interface Running {
  readonly job: Job;
  readonly state: RunnerState;
  /** The state's heartbeats when the run was given to it. */
  readonly heartbeats: number;
}

/**
 * When others have room, asks children for what they have not begun, each run once. Whether a run has begun only its child
 * knows: orders start in batches, and a handler that blocks its process holds back those behind it. `free`: slots that may
 * be used now, of all runners.
 */
export function askForUnbegun(running: Iterable<Running>, free: number, now: number): void {
  if (free === 0) return;
  const asked = new Map<RunnerState, Job[]>();
  let left = MOST_ASKED;
  for (const { job, state } of running) {
    if (job.asked !== "no" || now - job.handedAt < MOVE_AFTER_MS || state.isolated || state.killed) continue;
    // Its own room is of no use to it.
    if (free <= state.free) continue;
    if (left === 0) break;
    left -= 1;
    job.asked = "asked";
    const jobs = asked.get(state);
    if (jobs === undefined) asked.set(state, [job]);
    else jobs.push(job);
  }
  for (const [{ runner }, jobs] of asked) runner.takeBack?.(jobs);
}
