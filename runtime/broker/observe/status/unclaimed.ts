import type { UnclaimedTask } from "../../../operations/status/document.js";
import type { Snapshot } from "../../inflight/counts/snapshot.js";
import type { Tally } from "../../inflight/counts/tally.js";
import type { ModelHashes } from "./model-hashes.js";
import { age, older, ownerOf, pendingAge } from "./tasks.js";

/** Tasks with pending or parked work that no connected worker handles, the oldest first. Times are milliseconds. */
export function unclaimedTasks(
  snapshot: Snapshot,
  now: number,
  wall: number,
  model: ModelHashes | undefined,
): UnclaimedTask[] {
  const found: UnclaimedTask[] = [];
  for (const tally of snapshot.tallies) {
    const { application, namespace, task, pending, parked } = tally;
    if (pending + parked === 0 || snapshot.unclaimedSince(tally, now) === undefined) continue;
    const oldest = older(pendingAge(snapshot, tally, wall), parkedAge(tally, wall)) ?? 0;
    found.push({ application, namespace, task, pending, parked, oldest, ...ownerOf(tally, model) });
  }
  return found.sort((a, b) => b.oldest - a.oldest);
}

function parkedAge({ parked, oldestParked }: Tally, wall: number): number | null {
  return parked === 0 || oldestParked === Number.POSITIVE_INFINITY ? null : age(wall, oldestParked);
}
