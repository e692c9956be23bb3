import type { Dispatch } from "./claims/dispatch.js";
import type { Sessions } from "./claims/sessions.js";
import type { StartGate } from "./claims/start-gate.js";
import type { Snapshot } from "./counts/snapshot.js";
import type { Parts } from "./parts.js";

interface Shown extends Pick<Snapshot, "partitions" | "uncommitted"> {
  readonly sessions: Sessions;
  readonly dispatch: Dispatch;
  readonly gate: StartGate;
}

/** What status, health and metrics see of the machine. */
export function snapshotOf(parts: Parts, { sessions, dispatch, gate, partitions, uncommitted }: Shown): Snapshot {
  const { ahead, limits, tallies, backpressure, counters, delays, finished, lostAgain, ownership, queues, rows, step } =
    parts;
  return {
    limits,
    tallies,
    taskNames: tallies.size,
    get counts() {
      return tallies.total();
    },
    topics: backpressure,
    partitions,
    get sessions() {
      return sessions.snapshot();
    },
    heldFetches: dispatch.heldFetches,
    get fetched() {
      return dispatch.fetchedLately(step.now);
    },
    startGate: gate.closed(step.now),
    get unproven() {
      return ownership.unproven;
    },
    nextDue: delays.nextDue,
    taken: counters.taken,
    handedOut: counters.handedOut,
    ends: counters.ends,
    failures: counters.failures,
    get lostAgain() {
      return lostAgain.at(step.now);
    },
    get cancelledAhead() {
      const { size: ids, most, since } = ahead;
      return { ids, most, since: since === undefined ? null : new Date(since).toISOString() };
    },
    drops: counters.drops,
    clamped: counters.clamped,
    reread: counters.reread,
    unpublishable: counters.unpublishable,
    finishedIds: finished.size,
    liveBytes: rows.bytes,
    diskBytes: backpressure.diskBytes,
    uncommitted,
    isPaused: (topic) => backpressure.topic(topic).paused.size > 0,
    oldestPending: (tally) => queues.oldestOf(tally)?.facts,
    unclaimedSince: (tally, now) => dispatch.unclaimedSince(tally, now),
  };
}
