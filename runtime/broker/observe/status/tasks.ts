import type { Counts } from "../../../activation/states.js";
import type { TaskRate, TaskStatus } from "../../../operations/status/document.js";
import type { Snapshot } from "../../inflight/counts/snapshot.js";
import type { Tally } from "../../inflight/counts/tally.js";
import type { ModelHashes } from "./model-hashes.js";

/** Tasks that have activations in flight. `wall`: wall time, milliseconds. */
export function tasksOf(snapshot: Snapshot, wall: number, model: ModelHashes | undefined): TaskStatus[] {
  return [...snapshot.tallies]
    .filter((tally) => !tally.empty)
    .map((tally) => {
      const { application, namespace, task, pending, delayed, processing, retry, failure, parked } = tally;
      const counts = { pending, delayed, processing, retry, failure, parked };
      const oldestPending = pendingAge(snapshot, tally, wall);
      return { application, namespace, task, ...counts, oldestPending, ...ownerOf(tally, model) };
    });
}

/** Tasks that had runs in the last minute, the busiest first. */
export function ratesOf(snapshot: Snapshot, now: number): TaskRate[] {
  const found: TaskRate[] = [];
  for (const { application, namespace, task, lastMinute } of snapshot.tallies) {
    const { done, failed, expired } = lastMinute.at(now);
    if (done + failed + expired > 0)
      found.push({ application, namespace, task, done, failed, ...(expired > 0 && { expired }) });
  }
  return found.sort((a, b) => b.done + b.failed - a.done - a.failed);
}

/** Wire names belong to an application: the model knows nothing of another application's tasks. */
export function ownerOf(
  { application, task }: Pick<TaskStatus, "application" | "task">,
  model: ModelHashes | undefined,
): Pick<TaskStatus, "owner"> {
  const owner = application === model?.application ? model.owners?.get(task) : undefined;
  return owner === undefined ? {} : { owner };
}

export function totalOf({ pending, delayed, processing, retry, failure, parked }: Counts): number {
  return pending + delayed + processing + retry + failure + parked;
}

/** How long the first pending activation has waited since it was sent or its delay passed; null: there is none. */
export function pendingAge(snapshot: Snapshot, tally: Tally, wall: number): number | null {
  if (tally.pending === 0) return null;
  const oldest = snapshot.oldestPending(tally);
  return oldest === undefined ? null : age(wall, Math.max(oldest.receivedAt, oldest.due));
}

export function age(now: number, since: number): number {
  return Math.max(0, Math.round(now - since));
}

/** The greater of two ages. */
export function older(one: number | null, other: number | null): number | null {
  return one === null || (other !== null && other > one) ? other : one;
}
